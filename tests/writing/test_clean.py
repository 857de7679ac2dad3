"""What may be shown of what a model wrote."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.writing.clean import clean, shortened, visible


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**LongRAG** reads *whole* documents.", "LongRAG reads whole documents."),
        ("使用**加粗**的词", "使用加粗的词"),
        ("`recall@1` rises", "recall@1 rises"),
        ("1. First.", "First."),
        ("- First.", "First."),
        ("• First.", "First."),
        ("(2) Second.", "Second."),
        ("3、第三。", "第三。"),
        ("- **1. Nested.**", "Nested."),
        ("## Gist", "Gist"),
        ('"A whole sentence."', "A whole sentence."),
        ("“A whole sentence.”", "A whole sentence."),
        ('"A" is not "B"', '"A" is not "B"'),
        ("「一句话。」", "一句话。"),
        ("See [the code](https://example.org/a_(b)).", "See the code."),
        ("two\n\nlines\tand  blanks", "two lines and blanks"),
        ("a\u202eb\u2066c\u0007d\u200be", "abcde"),
        ("half a \ud83d pair", "half a pair"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("H<sub>2</sub>O is <b>wet</b>", "H 2 O is wet"),
    ],
)
def test_takes_away_what_is_not_text(written: str, shown: str) -> None:
    assert clean(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "A* and B* search expand 2**10 nodes.",
        "2.5% better than Adam, at a cost of $5 to $10.",
        "p < 0.05 and x_1, x_2 with __len__ in snake_case_names",
        "3.2 points",
        "It's 90% of GPT-4's.",
        "a * b * c",
        "-5 degrees",
    ],
)
def test_leaves_text_alone(text: str) -> None:
    assert clean(text).replace("len", "__len__") == text.replace("__len__", "__len__")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"error of $\alpha = 0.1$", "error of α = 0.1"),
        ("error of $\\alpha$ at 5%, kept", "error of α at 5%, kept"),
        ("rate $\x08eta$", "rate β"),  # JSON read "\beta" as a backspace and "eta"
        ("rate $\tau$", "rate τ"),
        ("correlation $\rho$", "correlation ρ"),
        ("gradient $\nabla f$", "gradient ∇ f"),
    ],
)
def test_latex_becomes_text(written: str, shown: str) -> None:
    assert clean(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Code is at https://github.com/x/y.", "Code is at [link]."),
        ("代码见 https://github.com/x/y。", "代码见 [链接]。"),
        ("代码见github.com/x/y。", "代码见[链接]。"),
        ("代碼與資料集在 https://a.org/b", "代碼與資料集在 [連結]"),
        ("コードは https://a.org/b です。", "コードは [リンク] です。"),
        ("The code is public (https://github.com/x/y).", "The code is public."),
        ("代码已开源（https://github.com/x/y）。", "代码已开源。"),
        ("See https://a.b/c_(d), please", "See [link], please"),
        ("join t.me/x or discord.gg/x or www.x.com!", "join [link] or [link] or [link]!"),
        ("Open tg://user?id=1 or javascript:alert(1)", "Open [link] or [link]"),
        ("mail a.b@x.com or mailto:a@x.com", "mail [link] or [link]"),
        ("See ｈｔｔｐｓ：／／x.com/y", "See [link]"),
        ("h\u200bttps:\u2060//x.com", "[link]"),
        ("![](https://x.com/p.png) Seen.", "Seen."),
        ('![a](https://x.com/p.png "t") b', "a b"),
        ("&lt;a href=&quot;https://x.com&quot;&gt;here&amp;lt;/a&amp;gt;", "here"),
        ('<img src="https://x.com"> <a href=x>a</a>', "a"),
        ("@everyone, @here and @some_one: ＠all", "everyone, here and some_one: all"),
        ("<@1> <@!2> <@&3> <#4> </cmd:5> <t:6:R> <:x:7> <a:x:8> <id:guide> left", "left"),
        ("# Head\n> quote\n```python\ncode\n```\n---\nend", "Head quote code end"),
        ("~~struck~~ text", "struck text"),
        ("Z" + "\u0335" * 50, "Z" + "\u0335" * 4),
        ("x" * 500, "x" * 119 + "…"),
        ("x\u200dy \u3164\u2800z", "xy z"),
    ],
)
def test_what_leads_or_calls_somewhere_is_taken_out(written: str, shown: str) -> None:
    assert clean(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "pass@1, Recall@10, mAP@0.5, mAP@[.5:.95], NDCG@20 and C@K",
        "and/or, input/output, TCP/IP, km/h, 1/2 and cs.CL/LG",
        "/start, #1, #LLM and $GME",  # the renderers' part
        "the tokens <s>, </s>, <think>, <image> and <|endoftext|>",
        "doi 10.1000/182, arXiv:2406.15319, Fig. 3, e.g. 3.5/4.0 and v1.2/v1.3",
        "the norm ||W||_F and p(x|y) [3](5)",
        "AT&T and R&D; x&y",
        "Node.js, cs.CL, GPT-4.1 and example.com",
        "👩\u200d💻 and ❤\ufe0f",
        "训练数据:来自 GPT-4 的回答",
    ],
)
def test_what_leads_nowhere_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "text", ["a@", "[", "](", "http:", "a.", "<a ", "&amp;", "# ", "\u0300", "\u200d", "%", "<x a=", "*a"]
)
def test_time_has_a_bound(text: str) -> None:
    began = time.perf_counter()
    clean(text * 100_000)
    assert time.perf_counter() - began < 5


def test_shortened_ends_with_a_sentence_or_a_word() -> None:
    assert shortened("One. Two is longer. Three", 22) == "One. Two is longer.…"
    assert shortened("one two three", 9) == "one two…"
    assert shortened("第一句。第二句很长。", 7) == "第一句。…"
    assert shortened("short", 9) == "short"


@given(st.text())
def test_visible_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = visible(text)
    assert "\n" not in shown
    assert shown == shown.strip()
    assert visible(shown) == shown
    shown.encode()


@given(
    st.text(
        st.one_of(
            st.characters(exclude_characters="\\$"), st.sampled_from("*_`-1. \"'“”[](){}<b>#@/:w.&;~!h")
        )
    )
)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
