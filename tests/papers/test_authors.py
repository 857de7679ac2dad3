"""Names out of one line, and names of categories."""

from __future__ import annotations

import pytest

from bot.papers.authors import read_names
from bot.papers.categories import categories, oai_set
from tests.fakes.arxiv_oai import set_of


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Example", ["Ada Example"]),
        ("Ada Example, Jos\\'e Ejemplo", ["Ada Example", "José Ejemplo"]),
        ("Ada Example, Ben Beispiel, Jr., Cem III", ["Ada Example", "Ben Beispiel Jr.", "Cem III"]),
        ("{Example, Ada}, Ben {\\O}rsted", ["Example, Ada", "Ben Ørsted"]),
        ("The ATLAS Collaboration: Ada Example", ["The ATLAS Collaboration", "Ada Example"]),
        ("Ada Example,\n  Ben Beispiel,", ["Ada Example", "Ben Beispiel"]),
        ("  ", []),
    ],
)
def test_names_between_commas(line: str, names: list[str]) -> None:
    assert list(read_names(line)) == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ada Example and Ben Beispiel", ["Ada Example", "Ben Beispiel"]),
        ("Ada Example, Cem Andersson, and Ben Sand", ["Ada Example", "Cem Andersson", "Ben Sand"]),
        (
            "Ada Example (1 and 2), Ben Sand (2) ((1) Nowhere (East), (2) Somewhere, X)",
            ["Ada Example", "Ben Sand"],
        ),
        ("Li Si (李四)", ["Li Si"]),
    ],
)
def test_names_with_an_and_and_affiliations(line: str, names: list[str]) -> None:
    assert list(read_names(line, conjunction=True)) == names


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("stat.ML", "stat:stat:ML"),
        ("math.CO", "math:math:CO"),
        ("quant-ph", "physics:quant-ph"),
        ("hep-th", "physics:hep-th"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("physics.optics", "physics:physics:optics"),
        ("q-bio.NC", "q-bio:q-bio:NC"),
        ("math-ph", "physics:math-ph"),
    ],
)
def test_sets(category: str, name: str) -> None:
    assert oai_set(category) == name == set_of(category)


def test_classes_of_other_bodies_are_no_categories() -> None:
    assert categories(["cs.IR", "I.2.7", "gr-qc", "68T50", "cs.IR", ""]) == ("cs.IR", "gr-qc")
