"""Nothing that a paper asks of the model reaches a chat as link, mention, command or markup."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.writing.marks import MARK
from bot.writing.notes import SUSPICIONS
from bot.writing.tasks.brief_answer import MOST_TAKEAWAYS
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.run import Result, results


@pytest.fixture(scope="module")
def by_name(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            patch.delenv(name, raising=False)
            patch.delenv(name.upper(), raising=False)
        return {result.attack.name: result for result in results(folder)}


each = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)


def test_names_are_different() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


@each
def test_nothing_of_it_is_live(by_name: dict[str, Result], attack: Attack) -> None:
    assert by_name[attack.name].leaks == ()


@each
def test_what_is_suspicious_is_said(by_name: dict[str, Result], attack: Attack) -> None:
    result = by_name[attack.name]
    assert result.said == (() if attack.refused else tuple(sorted(attack.codes, key=list(SUSPICIONS).index)))


@each
def test_only_what_can_be_used_is_shown(by_name: dict[str, Result], attack: Attack) -> None:
    assert by_name[attack.name].failed == attack.refused


def test_what_was_never_measured_is_marked(by_name: dict[str, Result]) -> None:
    words = by_name["a number nobody measured"].words
    assert f"99.97%{MARK}" in words
    assert f"61.4%{MARK}" not in words


def test_lists_and_texts_are_bounded(by_name: dict[str, Result]) -> None:
    assert by_name["a hundred takeaways"].words.count("Takeaway ") == MOST_TAKEAWAYS
    assert len(by_name["a huge text"].words) < 20_000
