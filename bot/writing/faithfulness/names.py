"""Names of models, data sets and methods: those of a text that its source does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]+(?:(?:[-_/@.+&']|\.(?=\d))[A-Za-z0-9]+)*\+*")
_ATOM = re.compile(r"[A-Za-z]+|\d+")
_SIZE = re.compile(r"\d+(?:\.\d+)?[BbMmKkTt]|\d+[xX]\d+[BbMm]|A\d+(?:\.\d+)?[Bb]")
_SIZED = re.compile(r"[- ]\d+(?:\.\d+)?[BbMm]\b")
_UNIT_LIKE = re.compile(
    r"\d+(?:\.\d+)?(?:[kKMBbGTx]|[nmkuμ]?[sgm]|ms|min|h|hz|[kKMGTP]i?B|[kMG]?[Hh]z|fps|FPS|th|st|nd|rd|pp|cm|W|kW|mW|J|e[+-]?\d+|s)?"
)
_ADJECTIVE = re.compile(r"(\d[\d.]*[A-Za-z]{1,2})(?:-[a-z]{2,})+$")
# Said by everybody who writes about the field, whether the source says so or not.
_COMMON = frozenset(
    "ai ml dl nlp cv llm llms vlm vlms mllm mllms lvlm lvlms lmm lm lms gpu gpus cpu cpus tpu api apis sota rl rlhf sft"
    " qa vqa rag cot kg kgs gan gans cnn cnns rnn rnns mlp mlps dnn dnns vit vits ood id ui gui pdf url http https"
    " github arxiv json python sql html latex iot 2d 3d 4d 1d rgb rgbd auc roc auroc f1 map iou miou fps mse rmse"
    " mae psnr ssim bleu rouge wer cer asr tts ocr ui ux pc id us uk eu usa u.s doi ok vs i.e e.g phd nn ssl"
    " peft lora moe kv ner nlg nlu nmt mt ir agi aigc xai hpc flops ram cuda pytorch tensorflow mri ct ecg eeg dna rna"
    " pre-trained openai google microsoft deepmind huggingface youtube wikipedia wifi covid 5g 6g l1 l2"
    " vram hbm nvidia meta anthropic alibaba tencent baidu ibm amazon intel amd apple bytedance huawei"
    " token prompt agent transformer web bug top loss encoder decoder baseline benchmark pipeline embedding softmax"
    " id ids no re ours q&a r&d a/b"
    " tl dr lstm svm pca sgd adam oov pde pdes ode odes slam uav uavs ev evs it hci crf bev imu lidar gnn gnns".split()
)
# Families whose names look like words: in an English sentence nothing else gives them away.
_FAMILIES = frozenset(
    "llama mistral mixtral gemini gemma claude qwen deepseek vicuna alpaca falcon phi grok palm bard codex whisper"
    " bert roberta deberta albert electra bart pegasus longformer bigbird mamba flan bloom opt yi baichuan chatglm"
    " internlm internvl llava blip clip dino dinov2 swin imagenet coco squad cifar mnist kitti cityscapes nuscenes glue"
    " superglue mmlu humaneval mbpp hotpotqa triviaqa longbench librispeech wikitext c4".split()
)
_VARIANTS = frozenset("mini nano micro tiny turbo lite flash".split())
_VARIANT = re.compile(rf" (?:{'|'.join(sorted(_VARIANTS))})\b", re.IGNORECASE)
_TIERS = frozenset("sonnet opus haiku ultra pro max plus".split())
_TIER = re.compile(r" (?:Sonnet|Opus|Haiku|Ultra|Pro|Max|Plus)\b")
_LONGEST = 10  # atoms of a name
_MANY = 50  # places where the rest of a name is looked for
_TOO_LONG = 80  # characters, for a name
_SUFFIXES = frozenset(
    "based style like level trained powered driven generated guided enhanced tuned augmented only class family series"
    " type scale score scores".split()
)
_VERSIONED = frozenset(
    "gpt llama mistral mixtral gemini gemma claude qwen deepseek vicuna falcon phi grok palm internlm internvl llava"
    " baichuan chatglm".split()
)
_VERSION_AFTER = re.compile(
    r" \d(?:\.\d)?[ov]?(?![\w.]*\d|\.\d|[A-Za-z%×]|\s?(?:%|×|x\b|times|倍|个|种|项|次))"
)
_VERSION = re.compile(r"(?<=[A-Za-z])[-_ ]?[vV](?=\d)")
_NUMBERED = re.compile(r"(?<=[A-Za-z])-(?=\d)")
_NEXT_WORD = re.compile(r"[- ]([A-Za-z]+)")
_STOP_WORDS = frozenset("of the and for in on to a an with by at from via as is".split())
# Ordinary words stand in rows: "Large Language Models" in a Chinese sentence spells out what 大语言模型 says.
_BESIDE_BEFORE = re.compile(r"[A-Za-z][ -]$")
_BESIDE_AFTER = re.compile(r"[ -][A-Za-z]")
_LIST = re.compile(r"\s?(?:,|\(|/|、|and|or|&|和|与|及|或)\s?")


@dataclass(frozen=True, slots=True)
class Name:
    """A name, as it stands in the text."""

    start: int
    end: int
    written: str


@dataclass(frozen=True, slots=True)
class _Atom:
    """A run of letters or of digits; `before` and `after` say whether a run touches it there."""

    text: str
    start: int
    end: int
    before: bool
    after: bool


def names(text: str) -> Iterator[Name]:
    """Yield the tokens of plain `text` that look like names: with a digit or a capital inside, and families."""
    chinese = any("一" <= c <= "鿿" for c in text)
    for found in _NAME.finditer(text):
        if found.end() - found.start() > _TOO_LONG:
            continue
        for part in _parts(found[0]):
            start = found.start() + part.start()
            written = part[0]
            alone = chinese and not _BESIDE_BEFORE.search(text, max(0, start - 2), start)
            alone = alone and not _BESIDE_AFTER.match(text, start + len(written))
            if _is_name(written, alone=alone):
                end = _end(text, start + len(written), written)
                yield Name(start, end, text[start:end])


def _end(text: str, end: int, written: str) -> int:
    """Return where a name ends whose version or variant stands apart: "Gemini 2.0 Flash", "GPT-4o mini"."""
    if written.lower() in _VERSIONED and (version := _VERSION_AFTER.match(text, end)):
        end = version.end()
    if (text[end - 1].isdigit() or text[end - 1] == "o") and (variant := _VARIANT.match(text, end)):
        end = variant.end()
    elif text[end - 1].isdigit() and (tier := _TIER.match(text, end)):
        end = tier.end()
    return end


def _parts(written: str) -> Iterator[re.Match[str]]:
    """Split what a slash joins."""
    return re.finditer(r"[^/]+", written)


def _is_name(written: str, *, alone: bool) -> bool:
    letters = sum(c.isalpha() for c in written)
    if not letters or _UNIT_LIKE.fullmatch(written):
        return False
    if (sized := _ADJECTIVE.match(written)) and _UNIT_LIKE.fullmatch(sized[1]):
        return False  # "7B-parameter", "80GB-memory"
    if any(c.isdigit() for c in written):
        head = re.match(r"[A-Za-z]*", written)
        # "top-5" and "sub-10ms" are words with a number; "o1" and "GPT-4" are names.
        if written[0].isdigit():
            return bool(re.fullmatch(r"\d+[A-Za-z]+\d*|[\d.]+-?[A-Z][A-Za-z-]*", written)) and any(
                c.isupper() for c in written
            )
        return any(c.isupper() for c in written) or bool(
            head and len(head[0]) < len(written) and written[len(head[0])].isdigit()
        )
    if letters < 2:
        return False
    if (
        any(a.islower() and b.isupper() for a, b in pairwise(written))
        or sum(c.isupper() for c in written) >= 2
    ):
        return True
    if written.lower() in _FAMILIES and written[0].isupper():
        return True
    return alone and written[0].isupper() and letters >= 3


class Source:
    """The names of a source, to be asked for another text's."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[str, bool] = {}

    @cached_property
    def _atoms(self) -> list[_Atom]:
        text = self._text
        return [
            _Atom(m[0].lower(), m.start(), m.end(), _touches(text, m.start(), -1), _touches(text, m.end(), 1))
            for m in _ATOM.finditer(text)
        ]

    @cached_property
    def _runs(self) -> dict[str, list[int]]:
        """What the atoms spell that follow one another: the last atom of each."""
        runs: dict[str, list[int]] = {}
        atoms = self._atoms
        for first, atom in enumerate(atoms):
            if atom.before:
                continue
            spelled = ""
            for last in range(first, min(first + _LONGEST, len(atoms))):
                if last > first and atoms[last].start - atoms[last - 1].end > 3:
                    break
                spelled += atoms[last].text
                runs.setdefault(spelled, []).append(last)
        return runs

    @cached_property
    def _words(self) -> list[str]:
        return [atom.text for atom in self._atoms if atom.text.isalpha()]

    @cached_property
    def _initials(self) -> tuple[str, str]:
        """The first letters of all words, and of those that are no function words."""
        return "".join(w[0] for w in self._words), "".join(w[0] for w in self._words if w not in _STOP_WORDS)

    @cached_property
    def _tokens(self) -> frozenset[str]:
        """Whole names as they are written, where nothing follows that makes them another."""
        found = list(_NAME.finditer(self._text))
        return frozenset(m[0] for m in found if not _VARIANT.match(self._text, m.end()))

    def has(self, written: str) -> bool:
        """Return whether the source has this name, in any spelling, or the words that it abbreviates."""
        if written not in self._known:
            self._known[written] = self._has(written)
        return self._known[written]

    def _has(self, written: str) -> bool:
        name = written.strip("+-_.'&")
        if written in self._tokens or name.lower() in _COMMON or self._stands(name):
            return True
        for short in _singulars(name):
            if short.lower() in _COMMON or self._stands(short):
                return True
        for version in (_VERSION.sub("-", name), _NUMBERED.sub("v", name, count=1)):
            if version != name and self._stands(version):
                return True
        head, _, tier = name.rpartition(" ")
        if (
            tier.lower() in _TIERS
            and "".join(_ATOM.findall(head)).lower() in self._runs
            and self._stands(tier)
        ):
            return True  # "Gemini 1.5 Flash and Pro"
        if self._has_parts(name) or self._is_listed(name):
            return True
        if re.fullmatch(r"v\d[\d.]*", name, re.IGNORECASE):
            version = rf"v(?:ersion)?[ -]?{re.escape(name[1:])}(?![\d]|\.\d)"
            return re.search(version, self._text, re.IGNORECASE) is not None
        return name.isalpha() and self._abbreviates(name)

    def _stands(self, name: str) -> bool:
        """Return whether some run of atoms spells the name, or its plural, and ends where it does."""
        wanted = "".join(_ATOM.findall(name)).lower()
        return bool(wanted) and any(
            self._ends(last, name, ending)
            for ending in ("", "s", "es", "v")
            for last in self._runs.get(wanted + ending, ())
        )

    def _ends(self, last: int, name: str, ending: str) -> bool:
        atom = self._atoms[last]
        if atom.after or ending == "v":
            # A family without its number: YOLO for YOLOv8.
            return (
                name[-1].isalpha() and ending in ("", "v") and self._text[atom.end : atom.end + 1].isdigit()
            )
        return not (name[-1].isdigit() or name[-1] == "o") or not self._is_variant(atom)

    def _is_variant(self, last: _Atom) -> bool:
        """Return whether the source means a smaller model of that name, as in GPT-4o-mini."""
        following = _NEXT_WORD.match(self._text, last.end)
        return following is not None and following[1].lower() in _VARIANTS

    def _has_parts(self, name: str) -> bool:
        """Return whether the source has the name's parts: the size of a model may stand apart from it."""
        parts = re.split(r"[-_ &+]", name)
        if len(parts) < 2 or not all(parts):
            return False
        head = [part for part in parts if not _SIZE.fullmatch(part)]
        sizes = [part for part in parts if _SIZE.fullmatch(part)]
        if not head or not all(self._stands(size) for size in sizes):
            return False
        if sizes:
            whole = "-".join(head)
            return self.has(whole) and not self._is_family(whole) and not self._is_sized(whole)
        if any(c.isdigit() for part in parts for c in part):
            return False
        return all(self.has(part) or part.islower() for part in parts)

    def _is_family(self, head: str) -> bool:
        """Return whether the source has the name only with a number that tells it from others of its family."""
        if not head[-1].isalpha():
            return False
        runs = self._runs.get("".join(_ATOM.findall(head)).lower(), ())
        return bool(runs) and all(
            self._atoms[last].after and self._text[self._atoms[last].end].isdigit() for last in runs
        )

    def _is_sized(self, head: str) -> bool:
        """Return whether the source says of which size it means the model."""
        runs = self._runs.get("".join(_ATOM.findall(head)).lower(), ())
        return any(_SIZED.match(self._text, self._atoms[last].end) for last in runs)

    def _is_listed(self, name: str) -> bool:
        """Return whether the source elides the head, as in "GPT-3.5 and 4" or "Qwen2.5-7B/14B"."""
        split = re.fullmatch(
            r"(.*[A-Za-z.\d])(?:[-_ ])([A-Za-z]?\d[\w.]*|[A-Z])|(.*[A-Za-z])(\d[\d.]*)", name
        )
        if not split:
            return False
        head, tail = (split[1], split[2]) if split[1] else (split[3], split[4])
        heads = "".join(_ATOM.findall(head)).lower()
        listed = re.compile(rf"(?<![\w.-]){re.escape(tail)}(?![\w-]|\.\d)", re.IGNORECASE)
        for last in self._runs.get(heads, ())[:_MANY]:
            end = self._atoms[last].end
            window = self._text[end : end + 40]
            for found in listed.finditer(window):
                if _LIST.search(window[: found.start()][-6:]):
                    return True
        return False

    def _abbreviates(self, name: str) -> bool:
        """Return whether the letters are the initials of words that follow one another in the source."""
        letters = name.rstrip("s").lower() if name[:-1].isupper() else name.lower()
        if not 2 <= len(letters) <= 8 or sum(c.isupper() for c in name) < 2:
            return False
        capitals = "".join(c for c in name if c.isupper()).lower()
        every, content = self._initials
        return letters in every or letters in content or (len(capitals) > 2 and capitals in content)


def _touches(text: str, at: int, way: int) -> bool:
    """Return whether a run of letters or digits goes on at `at`, also after the dot of a version."""
    if way < 0:
        before = text[at - 1 : at]
        if before == "." and text[at : at + 1].isdigit():
            return text[at - 2 : at - 1].isdigit()
        return before.isascii() and before.isalnum()
    after = text[at : at + 1]
    if after == "." and at and text[at - 1].isdigit():
        return text[at + 1 : at + 2].isdigit()
    return after.isascii() and after.isalnum()


def _singulars(name: str) -> Iterator[str]:
    if name.endswith("'s"):
        yield name[:-2]
    if name.endswith("s") and len(name) > 3:
        yield name[:-1]
    head, _, suffix = name.rpartition("-")
    if head and suffix in _SUFFIXES:
        yield head
