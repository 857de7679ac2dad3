"""An edition for programs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.editions.data import edition_data
from bot.editions.edition import Why
from bot.writing.writer import EXTRACTIVE
from tests.editions.test_reply import edition, entry


def test_it_holds_the_counts_and_every_match() -> None:
    data = edition_data(
        edition(entry(1), entry(2, EXTRACTIVE), entry(3, None, shown=False), reconstructed=True)
    )
    assert json.loads(json.dumps(data)) == data
    assert (data["topic"], data["date"], data["language"]) == ("rag", "2026-11-18", "en")
    assert (data["announced"], data["matched"], data["shown"]) == (812, 3, 2)
    assert (data["empty"], data["reconstructed"], data["late"], data["missing"]) == (None, True, False, 0)
    first, second, third = data["papers"]
    for key in ("id", "title", "topics", "score", "why", "brief"):
        assert key in first
    assert (first["id"], first["topics"], first["score"], first["why"]) == ("2611.00001", ["rag"], 0.9, "RAG")
    assert first["brief"]["gist"] == "Gist 1."
    assert (first["brief"]["writer"], second["brief"]["writer"]) == ("m-1", EXTRACTIVE)
    assert (third["brief"], third["shown"]) == (None, False)


@pytest.mark.parametrize("why", Why)
def test_an_empty_one_has_the_same_keys(why: Why) -> None:
    full, empty = edition_data(edition(entry(1))), edition_data(edition(empty=why))
    assert full.keys() == empty.keys()
    assert (empty["papers"], empty["empty"]) == ([], why.value)


def test_incomplete_categories_are_by_name() -> None:
    data = edition_data(edition(entry(1), incomplete=(("cs.CL", "unread"),), missing=2))
    assert (data["incomplete"], data["missing"]) == ({"cs.CL": "unread"}, 2)


def test_several_days_have_a_first() -> None:
    made = edition(entry(1))
    assert edition_data(made)["first"] is None
    assert edition_data(replace(made, first=made.day))["first"] == "2026-11-18"
