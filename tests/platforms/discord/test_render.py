"""Any reply becomes messages that Discord accepts, with all its words, and no markup but ours."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from bot.chat.reply import (
    Block,
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Image,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
    say,
)
from bot.chat.text import Bold, Code, Italic, Link, Plain, Span, Text, plain, text
from bot.platforms.discord.buttons import Pressed
from bot.platforms.discord.markup import ZERO_WIDTH, address, clean, inline
from bot.platforms.discord.render import Payload, render
from tests.fakes.discord_markdown import Piece, read
from tests.fakes.discord_rules import message

MARKUP = (
    "@everyone", "<@1>", "<@&2>", "<#3>", "</cmd:4>", "<t:5:R>", "<a:b:6>", ":smile:", "**b**", "__u__", "*i*",
    "_i_", "~~s~~", "||x||", "`c`", "``", "```", "```py\nx\n```", "[a](https://b.c)", "](https://evil.org)",
    "<https://b.c>", "https://b.c/d_e", "http://a", "discord.gg/abc", "# h", "-# s", "- l", "* l", "1. n", "1)",
    "> q", ">>> q", "\\", "\\\\", "[", "]", "(", ")", "¯\\_(ツ)_/¯", "$x_1$", "\n", "\n\n", " ", "\t", "a b", ":", "#",
)  # fmt: skip
ODD = (
    "👩‍👩‍👧‍👦",
    "é",
    "e\u0301",
    "🇩🇪",
    "漢字。",
    "שלום",
    "\u202eabc",
    "\u200b",
    "\x00",
    "\ud800",
    "\r\n",
    "\u2028",
    "ﷺ",
)

words = st.lists(
    st.one_of(st.sampled_from(MARKUP), st.sampled_from(ODD), st.text(max_size=12), st.just("word ")),
    max_size=12,
).map("".join)
urls = st.one_of(
    st.sampled_from(
        ["https://arxiv.org/abs/2406.15319", "http://x.org/a_(b)?q=*c*&d=[e]#~~f~~", "https://münchen.de/ß"]
    ),
    words.map(lambda w: "https://x.org/" + w),
    st.just("https://"),
    st.just("http://[::1"),
)
spans = st.one_of(
    words.map(Plain), words.map(Bold), words.map(Italic), words.map(Code), st.builds(Link, words, urls)
)
texts = st.lists(spans, max_size=6).map(lambda parts: text(*parts))
buttons = st.one_of(
    st.builds(Button, words, command=st.sampled_from(["go", "go 1", "go\x001", "漢字 :smile:"])),
    st.builds(lambda label, url: Button(label, url=url), words, urls),
)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, texts),
    st.builds(Paragraph, texts, st.booleans()),
    st.builds(Bullets, st.lists(texts, max_size=4).map(tuple), st.booleans()),
    st.builds(Quote, texts),
    st.builds(Preformatted, words, st.sampled_from(["", "bibtex", "a b"])),
    st.builds(Card, words, urls, st.lists(texts, max_size=3).map(tuple), st.sampled_from(["", "cs.CL", "x"])),
    st.builds(Image, texts, urls),
    st.builds(Buttons, st.lists(st.lists(buttons, max_size=7).map(tuple), max_size=7).map(tuple)),
)
replies = st.lists(blocks, max_size=8).map(lambda many: Reply(tuple(many)))
ample = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def sources(payloads: Sequence[Payload]) -> Iterator[str]:
    """Yield every Markdown text of the messages, in the order in which it is seen."""
    for payload in payloads:
        yield payload.get("content", "")
        for embed in payload.get("embeds", ()):
            yield embed.get("title", "")
            yield embed.get("description", "")


def seen(payloads: Sequence[Payload]) -> list[Piece]:
    return [piece for source in sources(payloads) for piece in read(source)]


def bare(said: str) -> str:
    """Return what is left of a text when white space and what nobody sees is not counted."""
    said = clean(said).replace("\ufe0f", "")
    return "".join(c for c in said if not c.isspace() and c not in "\u200b")


def spoken(block: Block) -> Iterator[str]:
    """Yield what a reader should find of a block, in order."""
    match block:
        case Heading() | Paragraph() | Quote():
            yield plain(block.text)
        case Bullets():
            yield from map(plain, block.items)
        case Preformatted():
            yield block.text
        case Card():
            yield block.title
            yield from map(plain, block.lines)
        case Image():
            yield plain(block.caption)
        case Buttons():
            return


def linked(block: Block) -> Iterator[str]:
    """Yield the addresses that a block may lead to."""
    rich: list[Text] = []
    match block:
        case Heading() | Paragraph() | Quote():
            rich = [block.text]
        case Bullets():
            rich = list(block.items)
        case Card(url=url):
            rich = [*block.lines, (Link("", url),)]
        case Image(url=url):
            rich = [block.caption, (Link("", url),)]
        case Buttons():
            rich = [tuple(Link("", b.url) for row in block.rows for b in row if b.url)]
    for span in (span for each in rich for span in each):
        if isinstance(span, Link) and (target := address(span.url)):
            yield target


OURS = {"strong", "em", "code", "link", "heading", "subtext", "quote", "item", "codeblock"}


@ample
@given(replies, st.sampled_from([None, False, True]))
def test_every_reply_is_accepted_complete_and_marked_up_by_us_alone(
    reply: Reply, embeds: bool | None
) -> None:
    payloads = render(reply, embeds=embeds)
    assert payloads
    for payload in payloads:
        message(payload)
    pieces = seen(payloads)
    for piece in pieces:
        assert set(piece.kinds) <= OURS, piece
    allowed = {target for block in reply.blocks for target in linked(block)}
    assert {piece.url for piece in pieces if "link" in piece.kinds} <= allowed
    if not any(isinstance(b, Buttons) for b in reply.blocks):
        expected = bare("".join(part for block in reply.blocks for part in spoken(block)))
        assert bare("".join(piece.text for piece in pieces)).replace("↗", "") == expected.replace("↗", "")


@ample
@given(texts)
def test_marked_words_keep_their_mark(rich: Text) -> None:
    pieces = read(inline(rich))
    assert bare("".join(p.text for p in pieces)) == bare(plain(rich))
    for kind, mark in ((Bold, "strong"), (Italic, "em")):
        expected = "".join(bare(span.text) for span in rich if isinstance(span, kind))
        assert "".join(bare(p.text) for p in pieces if mark in p.kinds) == expected
    for span in rich:
        if isinstance(span, Link) and (target := address(span.url)) and bare(span.text).strip("[]"):
            assert target in [piece.url for piece in pieces]


@settings(ample, max_examples=15)
@given(
    st.lists(st.sampled_from([*ODD[:6], "word", "Wörter", " ", " ", "\n", ". "]), min_size=1, max_size=40),
    spans,
)
def test_a_text_of_any_length_is_cut_between_words_and_graphemes(parts: list[str], span: Span) -> None:
    pattern = "".join(parts)
    long = pattern * (12_000 // len(pattern) + 1)
    payloads = render(say(long, span, long))
    for payload in payloads:
        message(payload)
    pieces = [bare("".join(p.text for p in read(source))) for source in sources(payloads) if source]
    whole = "".join(pieces)
    assert whole == bare(long + span.text + long)
    ends, at = set(), 0
    for grapheme in iter_graphemes(long + span.text + long):
        at += len(bare(grapheme))
        ends.add(at)
    cuts = [sum(map(len, pieces[: i + 1])) for i in range(len(pieces))]
    assert set(cuts) <= ends | {0}


@pytest.mark.parametrize(
    "unit",
    ["word ", "漢字假名。", "👩‍👩‍👧‍👦", "שלום ", "**@everyone** [a](https://b.c) ", "x", "https://b.c/d "],
)
def test_a_paragraph_of_fifty_kilobytes_comes_whole(unit: str) -> None:
    long = unit * (50_000 // len(unit.encode()) + 1)
    payloads = render(say(long))
    for payload in payloads:
        message(payload)
    assert bare("".join(piece.text for piece in seen(payloads))) == bare(long)
    filled = [len(e["description"]) for p in payloads for e in p["embeds"]]
    assert min(filled[:-1]) > 4096 // 3


def test_words_links_and_marks_are_not_parted() -> None:
    link = Link("a paper with a name of several words", "https://arxiv.org/abs/2406.15319")
    rich = text(*(part for i in range(200) for part in (f"no {i}: ", link, ", ", Bold("two words"), "; ")))
    pieces = seen(render(Reply((Paragraph(rich),))))
    assert {p.text for p in pieces if "link" in p.kinds} == {link.text}
    assert {p.text for p in pieces if "strong" in p.kinds} == {"two words"}
    numbers = [int(n) for n in re.findall(r"no\s*(\d+):", "".join(p.text for p in pieces))]
    assert numbers == list(range(200))


def test_blocks_stay_whole_where_they_fit() -> None:
    paragraphs = [Paragraph(text(f"{i} " + "word " * 150 + "end.")) for i in range(20)]
    for embed in (e for p in render(Reply(tuple(paragraphs))) for e in p["embeds"]):
        for paragraph in embed["description"].split("\n\n"):
            assert re.fullmatch(r"\d+ (word ){150}end\.", paragraph)


def test_a_heading_stays_with_its_block() -> None:
    many = [b for i in range(30) for b in (Heading(text(f"H{i}")), Paragraph(text("word " * 180)))]
    for embed in (e for p in render(Reply(tuple(many))) for e in p["embeds"]):
        assert not re.search(r"### H\d+$", embed["description"])


def test_short_replies_are_plain_and_cards_are_embeds() -> None:
    assert render(say("Hello *you*.")) == [{"content": "Hello \\*you\\*.", "flags": 4}]
    card = Card(
        "LongRAG: 1 + 1", "https://arxiv.org/abs/2406.15319", (text("Ada, Bob"), text("cs.CL")), "cs.CL"
    )
    (payload,) = render(Reply((card, Heading(text("Summary")), Paragraph(text("It works.")))))
    assert payload == {
        "embeds": [
            {
                "title": "LongRAG: 1 + 1",
                "url": "https://arxiv.org/abs/2406.15319",
                "description": "Ada, Bob\ncs.CL\n\n### Summary\nIt works.",
                "color": 0x1565C0,
            }
        ]
    }


def test_every_kind_of_block_looks_as_it_should() -> None:
    blocks_ = (
        Heading(text("Takeaways")),
        Bullets((text("one"), text(Bold("two"), ": ", Italic("2")))),
        Bullets((text("first"), text("second")), numbered=True),
        Quote(text("a\n\nb")),
        Preformatted("@misc{x}", "bibtex"),
        Paragraph(text("see ", Code("a`b"), " in ", Link("here", "https://x.org/(a)"))),
        Paragraph(text("by a machine"), small=True),
    )
    assert render(Reply(blocks_))[0]["content"] == (
        "### Takeaways\n- one\n- **two**: *2*\n\n1. first\n2. second\n\n> a\n> \n> b\n\n"
        "```bibtex\n@misc{x}\n```\n\nsee ``a`b`` in [here](https://x.org/%28a%29)\n\n-# by a machine"
    )


def test_an_image_is_shown_where_it_stands() -> None:
    (payload,) = render(
        Reply(
            (
                Paragraph(text("before")),
                Image(text("Fig. 1"), "https://x.org/f.png"),
                Paragraph(text("after")),
            )
        )
    )
    first, second = payload["embeds"]
    assert first == {"description": "before\n\n-# Fig. 1", "image": {"url": "https://x.org/f.png"}}
    assert second == {"description": "after"}


def test_a_title_that_is_too_long_goes_on_beneath() -> None:
    title = "A rather long title of a paper " * 20
    (payload,) = render(Reply((Card(title, "https://x.org", ()),)))
    (embed,) = payload["embeds"]
    assert len(embed["title"]) <= 256
    assert bare(embed["title"] + embed["description"].strip("*")) == bare(title)


def test_buttons_fill_rows_of_five_and_repeat_without_clash() -> None:
    row = tuple(Button(str(i), command="open 1") for i in range(12))
    link = Button("Web", url="https://x.org")
    (payload,) = render(Reply((Paragraph(text("x")), Buttons((row, (link,))))))
    assert [len(r["components"]) for r in payload["components"]] == [5, 5, 2, 1]
    ids = [b["custom_id"] for r in payload["components"] for b in r["components"] if "custom_id" in b]
    assert len(set(ids)) == 12
    assert {Pressed.read(i).line for i in ids} == {"open 1"}


def test_a_grapheme_is_never_parted_in_a_label() -> None:
    (payload,) = render(Reply((Buttons(((Button("👩‍👩‍👧‍👦" * 20, command="go"),),)),)))
    label = payload["components"][0]["components"][0]["label"]
    assert label.rstrip("…").replace("👩‍👩‍👧‍👦", "") == ""


@pytest.mark.parametrize("said", MARKUP)
def test_nothing_that_is_said_becomes_markup(said: str) -> None:
    for rich in (
        (Plain(said),),
        (Plain(said + " a " + said),),
        (Bold("x"), Plain(said), Link("y", "https://y.org")),
    ):
        kinds = {kind for piece in read(inline(rich)) for kind in piece.kinds}
        assert kinds <= ({"strong", "link"} if len(rich) == 3 else set())


def test_the_reader_of_markdown_knows_what_it_is_held_against() -> None:
    for said in (
        "**b**",
        "*i*",
        "_i_",
        "__u__",
        "~~s~~",
        "||x||",
        "`c`",
        "# h",
        "-# s",
        "- l",
        "1. n",
        "> q",
    ):
        assert [p.kinds for p in read(said) if p.kinds], said
    for said in (
        "@everyone",
        "<@1>",
        "</cmd:4>",
        "<t:5:R>",
        ":smile:",
        "https://b.c",
        "<https://b.c>",
        "[a](https://b.c)",
    ):
        assert [p.kinds for p in read("x " + said) if p.kinds], said
    assert read("\\*a\\*")[0] == Piece("*a*")
    assert unicodedata.name("↗")


def test_the_same_reply_is_laid_out_once_for_each_look() -> None:
    def reply() -> Reply:
        return Reply(
            (Card("A title", "https://arxiv.org/abs/7", ()), Buttons(((Button("Go", command="go"),),)))
        )

    assert render(reply()) is render(reply())
    (plain,) = render(reply(), embeds=False)
    assert "embeds" not in plain


def test_items_of_several_lines_are_set_apart_and_so_is_the_small_print_under_a_list() -> None:
    long = text(Link("A title", "https://a.org"), "\n", "What is new in it. " * 8)
    made = (Heading(text("RAG")), Bullets((long, text("b"), text("c")), numbered=True), Paragraph(text("From abstracts"), small=True))  # fmt: skip
    (payload,) = render(Reply(made))
    lines = payload["content"].replace(ZERO_WIDTH, "~").split("\n")
    assert [line[:4] for line in lines] == [
        "### ",
        "1. [",
        "  Wh",
        "  ~",
        "2. b",
        "  ~",
        "3. c",
        "  ~",
        "",
        "-# F",
    ]
    (payload,) = render(Reply((Bullets((text("a\nb"), text("c"))), Paragraph(text("d")))))
    assert payload["content"] == "- a\n  b\n- c\n\nd"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((3, 2, 3, 2, 1), [3, 2, 3, 2, 1]),
        ((3, 2, 1, 1, 1, 1), [3, 2, 1, 1, 2]),
        ((1, 1, 1, 1, 1, 1, 1), [1, 1, 1, 2, 2]),
        ((4, 2, 4, 2, 4, 2), [5, 5, 5, 3]),
        ((1,) * 20, None),
        ((5,) * 5, [5] * 5),
        ((1,) * 25, [5] * 5),
    ],
)
def test_up_to_25_buttons_stand_under_one_message(rows: tuple[int, ...], expected: list[int] | None) -> None:
    number = itertools.count()
    made = tuple(tuple(Button(str(n := next(number)), f"/x {n}") for _ in range(row)) for row in rows)
    (payload,) = render(Reply((Paragraph(text("choose")), Buttons(made))))
    assert message(payload)
    shown = [len(row["components"]) for row in payload["components"]]
    assert shown == expected if expected else sum(shown) == 20
    labels = [button["label"] for row in payload["components"] for button in row["components"]]
    assert labels == [str(n) for n in range(sum(rows))]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("<#123456789012345678>", "<#123456789012345678>"),
        ("discord:123456789012345678", "<#123456789012345678>"),
        ("<@123456789012345678>", "`<@123456789012345678>`"),
        ("<@&123456789012345678>", "`<@&123456789012345678>`"),
        ("x <#123456789012345678>", "`x <#123456789012345678>`"),
        ("123456789012345678", "`123456789012345678`"),
        ("<#123456789012345678", "`<#123456789012345678`"),
    ],
)
def test_a_channel_shows_its_name(code: str, shown: str) -> None:
    (payload,) = render(Reply((Paragraph((Code(code),)),)))
    assert payload["content"] == shown
