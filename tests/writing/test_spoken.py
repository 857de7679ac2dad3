"""Whether a text is in the language that was asked for."""

from __future__ import annotations

import pytest

from bot.language import Language
from bot.writing.spoken import speaks

ENGLISH = "The method reads groups of documents, and it is on par with the systems that are trained for this."
SIMPLIFIED = "LongShelf 检索成组的文档,这让检索单元从 22M 降到 600K,在 NQ 数据集上的 recall@1 从 52% 升到 71%,无需训练。"
TRADITIONAL = "LongShelf 檢索成組的文檔,這讓檢索單元從 22M 降到 600K,在 NQ 數據集上的 recall@1 從 52% 升到 71%,無需訓練。"
TEXTS = {
    "en": ENGLISH,
    "zh-Hans": SIMPLIFIED,
    "zh-Hant": TRADITIONAL,
    "ja": "LongShelf は文書のまとまりを検索し、学習なしで NQ の recall@1 を 52% から 71% に高める手法である。短い段落だけを読むのではない。",
    "ko": "LongShelf는 문서 묶음을 검색하며 학습 없이도 NQ의 recall@1을 52%에서 71%로 높인다. 짧은 문단만 읽지 않는다. 비용이 줄어든다.",
    "ru": "LongShelf ищет группы документов и без обучения повышает recall@1 на NQ с 52% до 71%.",
    "de": "Die Methode liest Gruppen von Dokumenten und ist ohne Training so gut wie die Systeme, die dafür trainiert wurden.",
    "fr": "La méthode lit des groupes de documents et, sans entraînement, égale les systèmes entraînés pour cette tâche.",
    "ar": "تسترجع الطريقة مجموعات من الوثائق وتبلغ من دون تدريب مستوى الأنظمة التي دربت لهذه المهمة.",
}


@pytest.mark.parametrize("tag", TEXTS)
def test_a_language_is_known_by_its_own_text(tag: str) -> None:
    assert speaks(TEXTS[tag], Language(tag))


@pytest.mark.parametrize("tag", [tag for tag in TEXTS if tag != "en"])
def test_english_is_no_other_language(tag: str) -> None:
    assert not speaks(ENGLISH, Language(tag))


@pytest.mark.parametrize("tag", ["zh-Hans", "ja", "ko", "ru", "ar"])
def test_another_script_is_not_english(tag: str) -> None:
    assert not speaks(TEXTS[tag].replace("LongShelf", "").replace("recall", ""), Language("en"))


def test_the_two_ways_of_writing_chinese_are_told_apart() -> None:
    assert not speaks(TRADITIONAL, Language("zh-Hans"))
    assert not speaks(SIMPLIFIED, Language("zh-Hant"))


def test_a_name_may_be_in_any_language() -> None:
    assert speaks("LongShelf", Language("zh-Hans"))
