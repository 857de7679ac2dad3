"""Texts as vectors whose nearness is nearness in meaning: English, offline, by static word vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors = NDArray[numpy.float32]

WIDTH = 256
_NOTHING = 0  # the row of words without meaning
_MOST_KEPT = 30_000  # words whose vectors are remembered
# They say nothing of what a paper is about, and are every third word of it.
_EMPTY = frozenset(
    "a an the of in on at by for from to into onto with without within and or nor but not no as is are was were be been "
    "being am do does did has have had having it its this that these those which who whom whose what when where while "
    "we our ours us they their them there here he she his her you your i my can could may might must shall should will "
    "would than then thus also such so if both each more most much many other some any all only however moreover "
    "furthermore via per over under between among across through during about against paper propose proposed proposes "
    "present presents show shows introduce introduces results result approach method methods based using use used "
    "novel new existing recent recently work study demonstrate demonstrates experiments extensive".split()
)


class Embedding:
    """The words of `wordllama`, 16 MB while this lives.

    A text is the mean of its words, as that library has it; words are looked up one by one, so that
    each is taken to pieces once and a day's papers take a second.
    """

    def __init__(self) -> None:
        import numpy
        import safetensors.numpy
        from tokenizers import Tokenizer

        folder = _folder()
        weights = safetensors.numpy.load_file(folder / "weights" / "l2_supercat_256.safetensors")
        self._pieces: Any = weights["embedding.weight"]
        self._tokenizer: Any = Tokenizer.from_file(
            str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
        )
        self._rows: dict[str, int] = {}
        self._vectors: Any = numpy.zeros((1024, WIDTH), numpy.float32)
        self._used = _NOTHING + 1

    def sums(self, texts: Sequence[Sequence[str]]) -> Vectors:
        """Return a row for every text, given as words: the sum of theirs, which points where the mean does."""
        import numpy

        if len(self._rows) > _MOST_KEPT:
            self._rows.clear()
            self._used = _NOTHING + 1
        self._learn({word for text in texts for word in text})
        sums = numpy.zeros((len(texts), WIDTH), numpy.float32)
        rows = self._rows
        flat = numpy.array([rows[word] for text in texts for word in text], numpy.int64)
        lengths = numpy.array([len(text) for text in texts], numpy.int64)
        telling = flat != _NOTHING
        owners = numpy.repeat(numpy.arange(len(texts)), lengths)[telling]
        flat = flat[telling]
        if flat.size:
            starts = numpy.flatnonzero(numpy.diff(owners, prepend=-1))
            sums[owners[starts]] = numpy.add.reduceat(self._vectors[flat], starts, axis=0)
        return sums

    def _learn(self, words: set[str]) -> None:
        import numpy

        unknown = sorted(word for word in words if word not in self._rows)
        if not unknown:
            return
        first = self._used
        needed = self._used = first + len(unknown)
        if needed > len(self._vectors):
            grown = numpy.zeros((max(needed, 2 * len(self._vectors)), WIDTH), numpy.float32)
            grown[: len(self._vectors)] = self._vectors
            self._vectors = grown
        taken = self._tokenizer.encode_batch(unknown, add_special_tokens=False)
        for row, (word, encoded) in enumerate(zip(unknown, taken, strict=True), first):
            self._rows[word] = _NOTHING if word.lower() in _EMPTY else row
            self._vectors[row] = self._pieces[encoded.ids].sum(axis=0, dtype=numpy.float32)


def unit(rows: Any) -> Any:
    """Return `rows` scaled to length one; what is zero stays so."""
    import numpy

    lengths = numpy.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return (rows / numpy.maximum(lengths, 1e-9)).astype(numpy.float32)


def _folder() -> Path:
    from importlib.util import find_spec

    found = find_spec("wordllama")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent
