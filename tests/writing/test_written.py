"""What the library keeps comes back as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.language import TAGS, Language
from bot.papers.ids import PaperId
from bot.writing.tasks.brief import Brief
from bot.writing.usage import Usage
from bot.writing.written import Flaw, Written

FREE = {"cached_tokens": 0, "money": 0.0, "retries": 0}
text = st.text(st.characters(exclude_categories=["Cs"]))
briefs = st.builds(
    Brief, gist=text, summary=text, takeaways=st.lists(text, max_size=7).map(tuple), title=st.none() | text, abstract=st.none() | text
)  # fmt: skip
counts = st.integers(0, 10**9)


@given(
    st.builds(
        Written,
        paper=st.sampled_from(["2406.15319v2", "math/0309136v1", "0704.0001"]).map(PaperId.parse),
        task=st.just("brief"),
        revision=st.integers(1, 99),
        language=st.sampled_from(TAGS).map(Language),
        writer=text,
        read=st.just("abstract"),
        written_at=st.datetimes(timezones=st.just(UTC)),
        content=briefs,
        usage=st.builds(Usage, counts, counts, counts),
        flaws=st.lists(st.builds(Flaw, text, text, text), max_size=3).map(tuple),
        notes=st.lists(text, max_size=3).map(tuple),
    )
)
def test_json_and_back(written: Written[Brief]) -> None:
    assert Written.from_json(written.to_json(), Brief) == written
    assert Written.from_json(written.to_json().encode(), Brief) == written


def test_the_stored_form_is_fixed() -> None:
    written = Written(
        paper=PaperId("2406.15319", 2), task="brief", revision=1, language=Language("zh-Hans"), writer="m", read="abstract",
        written_at=datetime(2026, 11, 20, 9, tzinfo=UTC), content=Brief("要点", "s", ("a",), "题", None), usage=Usage(1, 2, 3),
        flaws=(Flaw("gist", "5%", "why"),), notes=("n",),
    )  # fmt: skip
    assert json.loads(written.to_json()) == {
        "paper": "2406.15319v2",
        "task": "brief",
        "revision": 1,
        "language": "zh-Hans",
        "writer": "m",
        "read": "abstract",
        "written_at": "2026-11-20T09:00:00+00:00",
        "content": {"gist": "要点", "summary": "s", "takeaways": ["a"], "title": "题", "abstract": None},
        "usage": {"calls": 1, "prompt_tokens": 2, "completion_tokens": 3, **FREE},
        "flaws": [{"field": "gist", "claim": "5%", "why": "why"}],
        "notes": ["n"],
    }


def test_usage_adds_up() -> None:
    assert Usage(1, 2, 3) + Usage(1, 20, 30) == Usage(2, 22, 33)
