"""Arbitrary replies, as a hostile or a talkative model would have them."""

from __future__ import annotations

from hypothesis import strategies as st

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
from bot.chat.text import Bold, Code, Italic, Link, Plain, Span, Text

# What platforms read as more than text, and what is hard to cut.
_PIECES = (
    "We propose a method.", " ", " ", "\n", "\n\n", "cs.CL", "arxiv.org/abs/2406.15319", "https://evil.example/x?y=1",
    "@everyone", "@somebody", "<@1234>", "<#99>", "#tag", "$USD", "/start", "a@b.example", "+49 30 1234567",
    "4242 4242 4242 4242", "1.2.3.4", "tg://resolve?domain=x", "<b>", "</b>", "<a href='x'>", "&lt;", "&", "<", ">",
    "**", "__", "||", "```", "`", "[x](https://evil.example)", "~~", "> ", "# ", "- ", "\\", "*", "_",
    "大型语言模型", "，", "（很好）", "。", "👨‍👩‍👧‍👦", "🇩🇪🇫🇷", "👍🏽", "e\u0301\u0323", "क्षि", "กำ", "각",
    "مرحبا", "שלום", "\u202e", "\u200f", "\u200b", "\ufeff", "\u2060", "A\u030a", "\t", "\r\n", "\x00", "x" * 300, "模" * 200,
)  # fmt: skip

words = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=12).map("".join),
    st.text(max_size=40),
)
urls = st.sampled_from(
    (
        "https://arxiv.org/abs/2406.15319v2", "http://localhost/x", "https://example.org/?a=1&b=\"2\"", "https://x y.z",
        "https://例子.中国/路", "https://user:pw@example.org", "https://1.2.3.4:8080/x", "https://a.example:99999/",
    )
)  # fmt: skip
spans: st.SearchStrategy[Span] = st.one_of(
    words.map(Plain),
    words.map(Plain),
    words.map(Bold),
    words.map(Italic),
    words.map(Code),
    st.builds(Link, words, urls),
)
texts: st.SearchStrategy[Text] = st.lists(spans, max_size=5).map(tuple)
long_texts = st.builds(lambda text, times: text * times, texts, st.integers(1, 60))
buttons = st.one_of(
    st.builds(Button, words, st.sampled_from(("/help", "/summarize 2406.15319", "/x " + "模" * 20))),
    st.builds(Button, words, st.just(""), urls),
)
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, texts),
    st.builds(Paragraph, long_texts, st.booleans()),
    st.builds(Bullets, st.lists(texts, max_size=8).map(tuple), st.booleans()),
    st.builds(Quote, long_texts),
    st.builds(Preformatted, words.map(lambda w: w * 30), st.sampled_from(("", "bibtex", '"><b>'))),
    st.builds(Card, words, urls, st.lists(texts, max_size=3).map(tuple)),
    st.builds(Buttons, st.lists(st.lists(buttons, max_size=9).map(tuple), max_size=4).map(tuple)),
    st.builds(Image, texts, urls),
)
replies = st.lists(blocks, max_size=7).map(lambda parts: Reply(tuple(parts)))
