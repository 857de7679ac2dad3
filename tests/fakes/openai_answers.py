"""Answers made from the prompt that asked for them: sentences of its longest text, in the shape it wants."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_languages import asked_for, in_language, written_in
from tests.fakes.openai_papers import Sentence, WholePaper, whole_paper
from tests.fakes.openai_roundups import numbered, paragraphs, themes, wanted_themes

Schema = Mapping[str, Any]

_TRANSLATION = re.compile(r"translat|译|übersetz|tradu", re.IGNORECASE)
_LABEL = re.compile(r"^\s*(?:[-*]\s*)?\**([A-Z][A-Za-z ]{1,30})\**\s*[:：]\s*", re.MULTILINE)
_FENCE = re.compile(r"^\s*(?:<<<.*|.*>>>|[-=*#~]{3,}|[\"'`]{3}\w*)\s*$", re.MULTILINE)
_TAG = re.compile(r"</?([A-Za-z_][\w-]{0,40})(?:\s[^<>]{0,200})?>")


@dataclass
class Material:
    """What a prompt gives to write from: its longest text, its title, the languages it names."""

    text: str
    title: str
    target: str | None
    language: str | None
    papers: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # where it numbers several
    themes: tuple[int, int] = (1, 8)  # how few and how many it asks for
    whole: WholePaper | None = None  # where it gives more than an abstract
    sentences: list[str] = field(init=False)
    turn: Iterator[str] = field(init=False)
    cited: Iterator[Sentence] = field(init=False)

    def __post_init__(self) -> None:
        if self.whole:
            self.cited = itertools.cycle(self.whole.telling)
            self.sentences = [sentence.text for sentence in self.whole.sentences]
            self.turn = itertools.cycle(self.sentences)
            return
        self.sentences = [s for s in re.split(r"(?<=[.!?。！？])\s+", self.text) if len(s) > 1] or [self.text]
        self.turn = itertools.cycle(self.sentences)


def material(messages: Sequence[Mapping[str, Any]]) -> Material:
    """Find in the messages what an answer can be made of."""
    said = [text_of(message) for message in messages]
    asked = [text_of(message) for message in messages if message.get("role") == "user"] or said
    whole = next((paper for prompt in asked if (paper := whole_paper(prompt))), None)
    asked = [_FENCE.sub("\n", prompt) for prompt in asked]
    # Where a prompt marks the paper, its instructions may well be longer than the abstract.
    marked = [text for prompt in asked for piece in _marked(prompt) for text in _texts(piece)]
    texts = [text for text in marked if len(text) > 20] or [t for p in asked for t in _texts(p)] or [""]
    titles = [found for prompt in asked for found in _titles(prompt)]
    everything = "\n".join(said)
    # The paper's own words ("we translate into German") must not choose the language.
    longest = max(texts, key=len)
    instructions = " ".join(everything.split()).replace(longest, " ")
    title = titles[0] if titles else re.split(r"(?<=[.!?])\s", longest)[0]
    return Material(
        longest,
        title,
        asked_for(instructions),
        written_in(instructions),
        numbered(asked),
        wanted_themes(asked),
        whole,
    )


def text_of(message: Mapping[str, Any]) -> str:
    """Return a message's text, whether a string or parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def prose(source: Material) -> str:
    """Return an answer without any shape."""
    text = " ".join(source.sentences[:4])
    return in_language(text, source.language) if source.language else text


def fill(schema: Schema, source: Material, root: Schema | None = None, name: str = "") -> Any:
    """Return a value that fits the schema, made of the material."""
    root = schema if root is None else root
    if "$ref" in schema:
        target: Any = root
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        return fill({**target, **{k: v for k, v in schema.items() if k != "$ref"}}, source, root, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            options = [option for option in schema[choice] if option.get("type") != "null"]
            extra = {"description": schema.get("description", "")}
            return fill({**extra, **options[0]}, source, root, name)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next(one for one in kind if one != "null")
    match kind:
        case "object":
            fields = schema.get("properties", {})
            if source.papers and fields.keys() == {"themes"}:
                return {"themes": themes(source.papers, source.themes, source.language)}
            if source.papers and fields.keys() == {"paragraphs"}:
                return {"paragraphs": paragraphs(source.papers, source.language)}
            if source.whole and len(fields) == 2 and not {"section", "passage"}.isdisjoint(fields):
                return _cited(fields, source)
            made = {key: fill(value, source, root, key) for key, value in fields.items()}
            if source.whole and not source.whole.found and "found" in fields:
                return made | {"found": False, "passages": []}
            return made
        case "array":
            return _array(schema, source, root, name)
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _string(schema, source, name)


def _cited(fields: Mapping[str, Any], source: Material) -> dict[str, str]:
    """Return a sentence of a whole paper with where it stands: a result, or a passage with its words."""
    one = next(source.cited)
    said = in_language(one.text, source.language) if source.language else one.text
    made = {"text": said, "section": one.section, "passage": one.passage, "quote": one.text[:200]}
    return {name: made[name] for name in fields}


def _array(schema: Schema, source: Material, root: Schema, name: str) -> list[Any]:
    wanted = min(4, len(source.sentences))
    count = max(schema.get("minItems", 1), min(wanted, schema.get("maxItems", wanted)))
    return [fill(schema.get("items", {}), source, root, name) for _ in range(count)]


def _string(schema: Schema, source: Material, name: str) -> str:
    meaning = f"{name} {schema.get('title', '')} {schema.get('description', '')}"
    lowered = name.lower()
    if "title" in lowered or "标题" in name:
        text = source.title
    elif "abstract" in lowered or "摘要" in name:
        text = source.text
    elif "summary" in lowered:
        text = " ".join(source.sentences[:3])
    else:
        text = next(source.turn)
    language = source.target if _TRANSLATION.search(meaning) else source.language
    if language:
        text = in_language(text, language)
    return text[: schema.get("maxLength", len(text))]


def schema_in(messages: Sequence[Mapping[str, Any]]) -> Schema | None:
    """Find the shape that a prompt describes: a JSON schema, an example, or names of fields."""
    everything = "\n".join(text_of(message) for message in messages)
    objects = [value for value, _, _ in _objects(everything) if isinstance(value, dict)]
    for value in objects:
        if isinstance(value.get("properties"), dict):
            return value
        if isinstance(value.get("schema"), dict):
            return dict(value["schema"])
    system = "\n".join(text_of(m) for m in messages if m.get("role") in ("system", "developer"))
    for value, _, _ in _objects(system):
        if isinstance(value, dict) and value:
            return _like(value)
    named = re.findall(r"^\s*[-*]?\s*[\"`']([A-Za-z_]\w*)[\"`']\s*[:：(—-]\s*(.*)$", everything, re.MULTILINE)
    named = named or re.findall(r"^\s*[-*]\s*([a-z_]\w*)\s*[:：]\s*(.*)$", everything, re.MULTILINE)
    if not named:
        return None
    return {"type": "object", "properties": {name: _described(meaning) for name, meaning in named}}


def _described(meaning: str) -> Schema:
    if re.search(r"\b(list|array|bullets|items)\b|\[", meaning, re.IGNORECASE):
        return {"type": "array", "items": {"type": "string"}, "description": meaning}
    return {"type": "string", "description": meaning}


def _like(example: Any) -> Schema:
    match example:
        case dict():
            return {"type": "object", "properties": {key: _like(value) for key, value in example.items()}}
        case list():
            return {"type": "array", "items": _like(example[0]) if example else {"type": "string"}}
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return {"type": "number"}
        case _:
            return {"type": "string", "description": str(example)}


def _objects(text: str) -> Iterator[tuple[Any, int, int]]:
    """Yield the JSON objects and arrays that stand in a text, outermost only, with their places."""
    decoder, position = json.JSONDecoder(), 0
    while found := re.search(r"[{\[]", text[position:]):
        start = position + found.start()
        try:
            value, position = decoder.raw_decode(text, start)
            yield value, start, position
        except json.JSONDecodeError:
            position = start + 1


def _texts(prompt: str) -> Iterator[str]:
    """Yield the pieces of a prompt that may be the paper's text."""
    rest, kept = prompt, 0
    pieces = []
    for value, start, end in _objects(prompt):
        if isinstance(value, dict) and isinstance(value.get("properties", value.get("schema")), dict):
            inside: list[str] = []  # a schema is a shape, nothing to write from
        elif isinstance(value, dict):
            inside = list(_strings(value))
        else:
            continue
        yield from inside
        pieces.append(rest[kept:start])
        kept = end
    pieces.append(rest[kept:])
    for block in re.split(r"\n\s*\n", _TAG.sub("\n\n", "\n\n".join(pieces))):
        for piece in re.split(r"\n(?=\s*(?:[-*]\s*)?\**[A-Z][A-Za-z ]{1,30}\**\s*[:：])", block):
            yield " ".join(_LABEL.sub("", piece, count=1).split())


def _marked(prompt: str) -> list[str]:
    """Return what stands between tags or after "Abstract:", the abstract before anything else."""
    pairs = re.findall(r"<([A-Za-z_][\w-]{0,40})(?:\s[^<>]{0,200})?>(.*?)</\1>", prompt, re.DOTALL)
    abstracts = [inside for name, inside in pairs if "abstract" in name.lower()]
    abstracts += re.findall(
        r"^\s*\**Abstract\**\s*[:：]\s*(.+?)(?=\n\s*\n|\Z)", prompt, re.DOTALL | re.MULTILINE
    )
    return abstracts or [inside for _, inside in pairs]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _titles(prompt: str) -> Iterator[str]:
    for value, _, _ in _objects(prompt):
        if isinstance(value, dict) and isinstance(value.get("title"), str) and "properties" not in value:
            yield value["title"]
    for pattern in (r"<title>\s*(.+?)\s*</title>", r"^\s*\**Title\**\s*[:：]\s*(.+)$"):
        for found in re.finditer(pattern, prompt, re.IGNORECASE | re.MULTILINE | re.DOTALL):
            yield " ".join(found[1].split("\n\n")[0].split("\n")[0].split())
