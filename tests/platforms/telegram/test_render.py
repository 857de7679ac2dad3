"""Every payload is accepted by Telegram's rules, and holds what the reply says and nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings

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
)
from bot.chat.text import Bold, Code, Italic, Link, Plain, plain, text
from bot.platforms.telegram import render as telegram
from bot.platforms.telegram.flow import clean, linkable, visible
from bot.platforms.telegram.render import Album, Message, Photo
from tests.fakes.telegram_html import LONGEST_CAPTION, LONGEST_TEXT, Entity, parse, part, utf16
from tests.fakes.telegram_links import automatic, cleaned, linked
from tests.platforms.replies import replies


def render(reply: Reply) -> list[Message | Photo]:
    """Return the messages of a reply without uploads."""
    return [payload for payload in telegram.render(reply) if not isinstance(payload, Album)]


def received(payload: Message | Photo) -> tuple[str, list[Entity]]:
    """Return what a reader gets, by Telegram's rules."""
    shown, entities = cleaned(*parse(payload.html))
    return shown, linked(shown, entities)


def words_of(block: Block) -> list[str]:
    """Return what a reader should find of `block`, with the marks that its kind has."""
    match block:
        case Heading(words) | Quote(words) | Paragraph(words):
            return [plain(words)]
        case Bullets(items, numbered):
            shown = [words for words in map(clean, map(plain, items)) if any(map(visible, words))]
            return [f"{n}. {words}" if numbered else f"• {words}" for n, words in enumerate(shown, 1)]
        case Preformatted(words):
            return [words]
        case Card(title, _, lines):
            return [title, *map(plain, lines)]
        case Image(words, url):
            (first, *_) = render(Reply((block,)))
            return [plain(words)] if isinstance(first, Photo) else [f"🖼 {url}", plain(words)]
        case Buttons():
            return []


def seen(words: str) -> str:
    """Return what has to be there, in order: no blanks, nothing invisible, marks of lists aside."""
    words = unicodedata.normalize("NFC", words)
    return "".join(c for c in words if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(replies)
@example(Reply((Paragraph(text("模型" * 12_500, Bold("cs.CL"), "👨‍👩‍👧‍👦" * 2_000)),)))
@example(Reply((Paragraph(text(*(Link(f"n{i}", "https://arxiv.org/") for i in range(350)))),)))
def test_any_reply_is_accepted_complete_and_adds_no_link(reply: Reply) -> None:
    """The text is complete and in order, and no entity is there that nobody made."""
    payloads = render(reply)
    for payload in payloads:
        accept(payload)
    shown = [received(p)[0] for p in payloads if not (isinstance(p, Message) and p.plain == "…")]
    said = "".join(
        words for block in reply.blocks for words in words_of(block) if any(map(visible, clean(words)))
    )
    assert seen("".join(shown)) == seen(clean(said))


def accept(payload: Message | Photo) -> None:
    shown, entities = received(payload)
    _, made = parse(payload.html)
    if isinstance(payload, Photo):
        accept(payload.instead)
        assert linkable(payload.url)
        assert utf16(shown) <= LONGEST_CAPTION
    else:
        assert shown
        assert utf16(shown) <= LONGEST_TEXT
        assert not list(automatic(payload.plain)) or any(
            e.type in ("text_link", "code", "pre") for e in entities
        )
    assert len(made) <= 100
    assert [e for e in entities if e.automatic] == []
    assert sum(len(row) for row in payload.keyboard) <= 100
    for row in payload.keyboard:
        assert 0 < len(row) <= 8
        for button in row:
            assert button.label.strip()
            assert button.command or linkable(button.url)


def one(*blocks: Block) -> str:
    (payload,) = render(Reply(blocks))
    return payload.html


def test_a_card_reads_well() -> None:
    """The title is bold and leads to the paper; what belongs together stands together."""
    html = one(
        Card(
            "Attention Is All You Need",
            "https://arxiv.org/abs/1706.03762",
            (text("Vaswani et al."), text("cs.CL · NeurIPS")),
        ),
        Heading(text("Takeaways")),
        Bullets((text("One"), text("Two <3"))),
        Paragraph(text("From abstracts."), small=True),
    )
    assert html == (
        '<b><a href="https://arxiv.org/abs/1706.03762">Attention Is All You Need</a></b>\n'
        "Vaswani et al.\ncs.\u2060CL · NeurIPS\n\n"
        "<b>Takeaways</b>\n• One\n• Two &lt;3\n\n<i>From abstracts.</i>"
    )


def test_lists_are_numbered_and_long_items_set_apart() -> None:
    """A list of sentences has air between them."""
    assert one(Bullets((text("a"), text("b")), numbered=True)) == "1. a\n2. b"
    assert one(Bullets((text("a " * 100), text("b")))) == f"• {('a ' * 100).strip()}\n\n• b"


def test_quotations_fold_when_long_and_code_keeps_its_shape() -> None:
    """Somebody else's words fold; BibTeX can be copied as it stands."""
    assert one(Quote(text("short"))) == "<blockquote>short</blockquote>"
    assert one(Quote(text("long " * 150))).startswith("<blockquote expandable>")
    assert one(Preformatted("@article{x,\n  a = {cs.CL}\n}", "bibtex")) == (
        '<pre><code class="language-bibtex">@article{x,\n  a = {cs.CL}\n}</code></pre>'
    )


@pytest.mark.parametrize(
    "words",
    "cs.CL stat.ML arxiv.org https://x.example @name #tag #标签 $USD /help me@mail.example 1.2.3.4 tg://x t.me/x "
    "+1-212-555-0123 4242424242424242 例子.中国".split(),
)
def test_what_telegram_would_link_is_not_linked(words: str) -> None:
    """Not in plain text, not in bold, not across two spans; and it costs one unit a piece."""
    assert list(automatic(words)), "the fake knows it"
    for made in (
        text(words),
        text(Bold(words)),
        text(words[:2], Bold(words[2:])),
        text("(", words, ")"),
        text("模", words),
    ):
        (payload,) = render(Reply((Paragraph(made),)))
        shown, entities = received(payload)
        assert [e for e in entities if e.automatic] == []
        assert shown.replace("\u2060", "") == plain(made)


def test_code_and_links_are_left_as_they_are() -> None:
    """Nothing invisible is copied out of code or a link of ours."""
    assert one(Paragraph(text(Code("/help cs.CL"), " ", Link("arxiv.org", "https://arxiv.org/")))) == (
        '<code>/help cs.CL</code> <a href="https://arxiv.org/">arxiv.org</a>'
    )
    assert "\u2060" not in one(
        Paragraph(text("and/or, 3.5 e.g. Recall@10, Table #12, 2406.15319, costs $5, 50%."))
    )


def test_a_link_that_telegram_would_drop_is_plain_text() -> None:
    """What stands in it is then not linked either."""
    assert one(Paragraph(text(Link("cs.CL", "http://localhost/")))) == "cs.\u2060CL"


def test_blocks_stay_whole_and_headings_stay_with_their_text() -> None:
    """A page ends before a block that does not fit, not within it."""
    first, second, third = "one " * 700, "two " * 700, "three " * 300
    pages = render(
        Reply((Paragraph(text(first)), Heading(text("Two")), Paragraph(text(second)), Paragraph(text(third))))
    )
    assert [received(p)[0] for p in pages] == [first.strip(), f"Two\n{second.strip()}", third.strip()]


def test_a_paper_stays_on_one_page() -> None:
    """What follows a card belongs to it."""
    paper = (
        Card("Title", "https://arxiv.org/", ()),
        Paragraph(text("word " * 300)),
        Paragraph(text("word " * 100)),
    )
    pages = render(Reply(paper * 3))
    assert [received(p)[0].count("Title") for p in pages] == [2, 1]
    assert all(received(p)[0].startswith("Title") for p in pages)


def test_long_text_is_cut_between_sentences_and_never_in_a_word_link_or_emoji() -> None:
    """Each page but the last is well filled."""
    family = "👨‍👩‍👧‍👦"
    link = Link("a link of several words", "https://arxiv.org/abs/1")
    pages = render(
        Reply((Paragraph(text(*("A sentence with " + family * 5 + " in it. ", link, ". ") * 120)),))
    )
    assert len(pages) > 2
    for page in pages:
        shown, entities = received(page)
        assert shown.endswith((".", "words"))
        assert {part(shown, e) for e in entities} == {link.text}
        assert shown.count(family) % 5 == 0
    assert all(utf16(received(page)[0]) > 3_000 for page in pages[:-1])


def test_the_hundredth_entity_is_the_last_of_its_page() -> None:
    """Telegram ignores the rest, so the rest goes to the next page."""
    pages = render(Reply((Paragraph(text(*(part for i in range(250) for part in (Bold(f"n{i}"), " ")))),)))
    assert [len(received(page)[1]) for page in pages] == [100, 100, 50]


def test_buttons_stand_under_the_last_message() -> None:
    """A long message has its buttons at its end; buttons alone still have something to stand under."""
    row = (Button("PDF", url="https://arxiv.org/pdf/1"), Button("Takeaways", "/takeaways 1"))
    pages = render(Reply((Paragraph(text("word " * 2000)), Buttons((row,)))))
    assert [page.keyboard for page in pages] == [(), (), (row,)]
    assert render(Reply((Buttons((row,)),))) == [Message("…", "…", (row,))]


def test_wide_rows_wrap_and_hopeless_buttons_are_left_out() -> None:
    """Eight in a row; an address that Telegram refuses does not take the message with it."""
    row = tuple(Button(str(i), f"/x {i}") for i in range(10))
    (page,) = render(
        Reply((Paragraph(text("x")), Buttons((row, (Button("local", url="http://localhost"),)))))
    )
    assert [len(row) for row in page.keyboard] == [8, 2]


def test_pictures_have_captions_while_they_fit() -> None:
    """Longer words, or an address that is none, make a text message."""
    photo, message = render(
        Reply(
            (
                Image(text("Figure 1"), "https://x.example/1.png"),
                Image(text("x " * 600), "https://x.example/2.png"),
            )
        )
    )
    assert isinstance(photo, Photo)
    assert (photo.url, photo.html) == ("https://x.example/1.png", "Figure 1")
    assert isinstance(message, Message)
    assert message.html.startswith('🖼 <a href="https://x.example/2.png">')


def test_nothing_to_see_is_no_message() -> None:
    """Telegram refuses an empty text."""
    assert (
        render(Reply((Paragraph(text(" \n\u200b")), Heading(()), Bullets(()), Quote(text("\u2060"))))) == []
    )


def test_the_lists_of_a_reply_are_all_set_in_one_way() -> None:
    """Beneath its heading each, with air in all of them if one has items of several lines."""
    long = "What is new in it. " * 8
    short = (Heading(text("Results")), Bullets((text("a"), text("b"))))
    new = Heading(text("New"))
    (airy,) = render(Reply((new, Bullets((text(long), text("c"))), *short)))
    assert received(airy)[0] == f"New\n• {long.strip()}\n\n• c\n\nResults\n• a\n\n• b"
    (close,) = render(Reply((new, Bullets((text(long),)), *short)))
    assert received(close)[0] == f"New\n• {long.strip()}\n\nResults\n• a\n• b"


def test_a_script_without_italics_is_not_slanted() -> None:
    (message,) = render(
        Reply(
            (
                Paragraph((Plain("由模型撰写 · "), Code("gpt-x")), small=True),
                Paragraph((Italic("和另外 2 位"),)),
            )
        )
    )
    assert isinstance(message, Message)
    assert "<i>" not in message.html
    (message,) = render(
        Reply((Paragraph((Plain("written by "),), small=True), Paragraph((Italic("and 2 more"),))))
    )
    assert isinstance(message, Message)
    assert message.html.count("<i>") == 2
