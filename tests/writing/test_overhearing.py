"""Nothing unchecked is shown while an answer is being written."""

from __future__ import annotations

import json

from bot.writing.faithfulness.check import Reference
from bot.writing.overhearing import Overhearing

SOURCE = (
    "LongShelf has 7 billion parameters and raises recall on NQ from 52% to 71%. 它在 NQ 上的召回率为 71%。"
)


def shown(answer: str, *, found: bool = True, piece: int = 5) -> list[str]:
    """Return what a reader sees, one state after the other."""
    raw = json.dumps({"found": found, "passages": [], "answer": answer})
    seen: list[str] = []
    hear = Overhearing(
        "answer", Reference(SOURCE), seen.append, may=lambda fields: fields.get("found") is True
    )
    for end in range(piece, len(raw) + piece, piece):
        hear(raw[:end])
    return seen


def test_whole_sentences_one_after_the_other() -> None:
    assert shown("It has 7 billion parameters. Recall is 71%. It was 52%.") == [
        "It has 7 billion parameters.",
        "It has 7 billion parameters. Recall is 71%.",
        "It has 7 billion parameters. Recall is 71%. It was 52%.",
    ]


def test_chinese_sentences_and_paragraphs() -> None:
    assert (
        shown("召回率为 71%。参数为 7 billion。\n\n之前为 52%。")[-1]
        == "召回率为 71%。参数为 7 billion。\n\n之前为 52%。"
    )
    assert shown("召回率为 71%。参数为 7 billion。")[0] == "召回率为 71%。"


def test_what_the_source_does_not_bear_out_is_held_back() -> None:
    seen = shown("It has 9 billion parameters. Recall is 71%. The reader is GPT-4o.")
    assert seen == ["… Recall is 71%.", "… Recall is 71%. …"]
    assert shown("It has 9 billion parameters.") == []


def test_what_leads_somewhere_is_taken_out_before_it_is_shown() -> None:
    said = " ".join(shown("See [this](http://evil.example/a) and @everyone now. Recall is 71%."))
    assert "evil" not in said
    assert "@everyone" not in said
    assert "Recall is 71%." in said


def test_what_repeats_the_instructions_is_held_back() -> None:
    told = "Say only what the passages say, and keep every number and every name exactly as it stands there."
    seen: list[str] = []
    hear = Overhearing(
        "answer", Reference(SOURCE), seen.append, instructions=f"You are a bot. {told} Be brief."
    )
    hear(json.dumps({"answer": f"Recall is 71%. {told}"}))
    assert seen == ["Recall is 71%. …"]


def test_an_answer_that_was_not_found_is_not_shown_before_it_is_whole() -> None:
    assert shown("It has 7 billion parameters. Recall is 71%.", found=False) == []


def test_a_second_attempt_takes_the_place_of_the_first() -> None:
    seen: list[str] = []
    hear = Overhearing("answer", Reference(SOURCE), seen.append)
    for raw in ('{"answer": "Recall is 71%. It', '{"ans', '{"answer": "It was 52%. And'):
        hear(raw)
    assert seen == ["Recall is 71%.", "It was 52%."]
