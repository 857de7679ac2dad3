"""LaTeX as people put it into titles, names and abstracts, made readable.

The arXiv's metadata is plain text with islands of TeX, not a TeX document: a lone % is per cent, ~85 is
about 85, $5 may be money. So only what is surely TeX is handed to the parser; the rest stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bot.papers.latex_commands import MEANT, STAND_IN, commands
from bot.papers.latex_scripts import place_scripts

_TEX = re.compile(r"[\\${}]|``|''|\^|--")
_BLANKS = re.compile(r"\s+")

# Pandoc's rule for dollars: no blank inside, no digit after the closing one; so "$5 and $10" is money.
_MATH = re.compile(
    r"\$\$(?P<display>.+?)\$\$"
    r"|(?<!\\)\$(?P<inline>(?!\s)(?:[^$\\]|\\.)*?(?<!\s))(?<!\\)\$(?!\d)"
    r"|(?<!\\)\$(?P<marked>[^$\d]{0,20}[\\^_][^$]{0,80})(?<!\\)\$"  # $\sim$85 can only be TeX
    r"|(?<!\\)\$ (?P<spaced>[^$]{0,40}\\[^$]{0,40}) \$"
    r"|(?<!\\)\$ ?(?P<letter>[A-Za-z]) ?\$|\\\$(?P<escaped>[A-Za-z])\\\$"
    r"|(?<!\\)\$(?P<sign>[^\w\s$\\]{1,2})\$"
    r"|\\\((?P<round>.{1,4000}?)\\\)|\\\[(?P<square>.{1,4000}?)\\\]"
    r"|\\begin\{(?P<kind>equation|align|gather|displaymath|math)\*?\}(?P<body>.{1,4000}?)\\end\{(?P=kind)\*?\}"
    r"|(?P<script>[_^]\{[^{}]{1,80}\})",
    re.DOTALL,
)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}")
_ADDRESS = re.compile(r"https?://[^\s{}\\]+|www\.[^\s{}\\]+")
_BRACES = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"
_HREF = rf"\\(?:href|hyperlink)\s*\{{([^{{}}]*)\}}\s*{_BRACES}"
_LINK = re.compile(rf"\\url\s*\{{([^{{}}]*)\}}|\${_HREF}\$|{_HREF}")
_REFERENCE = re.compile(
    r"\\(?:[Cc]ite[a-z]*|(?:eq|page|auto|name|c|C)?ref)\*?\s*(?:\[[^\]]*\])*\s*\{([^{}]*)\}"
)
_CODE_POINT = re.compile(r"\\unicode\{x([0-9A-Fa-f]{4,5})\}")
# Switches of fonts stand before what they change and leave nothing behind.
_FONT = re.compile(
    r"\\(?:em|it|bf|tt|sc|rm|sf|sl|cal|(?:bf|md)series|(?:it|sc|sl|up)shape|(?:tt|sf|rm)family|normalfont"
    r"|tiny|scriptsize|footnotesize|small|normalsize|[lL]arge|LARGE|[hH]uge|(?:un)?boldmath)(?![A-Za-z])\s*"
)
# A tie stands between two words, as in Fig.~3; but ~85 is about 85.
_TIE = re.compile(r"(?<=[\w.,;)\]}\U000f0000-\U000fffff])~(?=[\w(\[\\\U000f0000-\U000fffff])")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?(\s*)(\{\}|\{)?")
_TYPED = re.compile(r"(\\.)|([%&#~`'^_$\"-])", re.DOTALL)
_PRIVATE = re.compile(r"[\U000f0000-\U0010ffff]")  # ours alone
_BESIDE = "\U000ffffd"  # stands for a formula beside a piece of prose
_ISLANDS = 0xF0000  # what is finished stands in the text as one character of this private plane


def has_formula(source: str) -> bool:
    """Return whether there is a formula in `source`."""
    return _MATH.search(source) is not None


def if_formulas(source: str) -> str:
    """Return `source` on one line if there is a formula in it, "" if there is none."""
    return " ".join(source.split()) if has_formula(source) else ""


@lru_cache(maxsize=4096)
def to_text(source: str) -> str:
    """Return `source` as one line of NFC Unicode without TeX. Never raises; loses no word."""
    source = _PRIVATE.sub("", source)
    if not _TEX.search(source):
        return _tidy(source)
    try:
        return _tidy(_convert(source))
    except Exception:  # pylatexenc and recursion: whatever a submitter typed, the source is still readable
        return _tidy(source)


def in_pieces(source: str) -> list[tuple[str, str]]:
    """Return `source` as pieces of readable text, each with the TeX of the formula that it is, "" for prose.

    Joined, the pieces read as `to_text` has it, but for blanks where they meet. Never raises.
    """
    source = _BLANKS.sub(" ", _REFERENCE.sub(r"[\1]", _LINK.sub(_link, _PRIVATE.sub("", source)))).strip()
    addresses = [found.span() for found in _ADDRESS.finditer(source)]
    pieces: list[tuple[str, str]] = []
    end, before = 0, ""
    for found in _MATH.finditer(source):
        if any(start < found.end() and found.start() < stop for start, stop in addresses):
            continue
        pieces.append((_prose_piece(f"{before}{source[end : found.start()]}{_BESIDE}"), ""))
        pieces.append((to_text(found[0]), found[found.lastgroup or 0].strip()))
        end, before = found.end(), _BESIDE
    pieces.append((_prose_piece(f"{before}{source[end:]}"), ""))
    return [piece for piece in pieces if piece[0]]


def _prose_piece(source: str) -> str:
    """Return prose as readable text, with the blanks that it has beside formulas."""
    try:
        return _tidy(_convert(source)).replace(_BESIDE, "")
    except Exception:  # as in `to_text`
        return _tidy(source).replace(_BESIDE, "")


def _tidy(text: str) -> str:
    visible = "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", visible)).strip()


def _convert(source: str) -> str:
    source = _LINK.sub(_link, source.replace("\\\\", " "))
    source = _REFERENCE.sub(r"[\1]", source)
    source = _CODE_POINT.sub(lambda m: chr(int(m[1], 16)), source)
    islands: list[str] = []

    def finished(text: str) -> str:
        islands.append(text)
        return chr(_ISLANDS + len(islands) - 1)

    text = _ADDRESS.sub(lambda m: finished(m[0]), source)  # an address is copied, not typeset
    text = _MATH.sub(lambda m: finished(_math(m[m.lastgroup or 0])), text)
    said = _prose(_ENVIRONMENT.sub(" ", text)).translate(MEANT)
    for at in reversed(range(len(islands))):  # an address may stand in a formula
        said = said.replace(chr(_ISLANDS + at), islands[at].translate(MEANT))
    return said


def _link(found: re.Match[str]) -> str:
    address = found[1] or found[2] or found[4] or ""
    text = found[3] or found[5] or ""
    bare = re.sub(r"^https?://|[/.]$", "", address)
    return address if bare in text or not text else f"{text} ({address})"


def _prose(text: str) -> str:
    text = re.sub(r"``(.{1,2000}?)(?:''|\"|``)", r"“\1”", text, flags=re.DOTALL)
    text = re.sub(r"(?<![\w`])`([^`']+)'(?!\w)", r"‘\1’", text)
    text = re.sub(r"(?<=\w)---?(?=\w)|(?<=\s)---?(?=\s)", lambda m: "—" if len(m[0]) == 3 else "–", text)
    text = re.sub(r"\^\\circ(?![A-Za-z])", "°", _TIE.sub(" ", text))
    text = re.sub(r"(\\(?:eg|ie|etc|etal)(?![A-Za-z]))\.", r"\1", text)  # our word for it ends in a dot
    text = re.sub(r"\\(?=[^\x00-\x7f])", "", text)  # a slip: no command's name begins so
    return _parse(_TYPED.sub(lambda m: m[1] or STAND_IN[m[2]], text))


def _math(source: str) -> str:
    text = re.sub(r"\\?%", STAND_IN["%"], source).replace("&", " ").replace("~", " ")
    text = re.sub(rf"([_^]){_FONT.pattern}", r"\1", text)
    said = _parse(place_scripts(_FONT.sub("{}", text), _math))
    # Authors put blanks after a sign to end a command's name: "u\in V" is no more spaced than "u∈V".
    return re.sub(r"(?<=\S)([≤≥∈⊆⊂→×·∧∨∩∪±]) (?=\S)", r"\1", said.replace(" ,", ",")).strip()


def _parse(tex: str) -> str:
    if not re.search(r"[\\{}]", tex):
        return tex
    return commands().say(_without_unknown(_balanced(_FONT.sub("{}", tex))))


def _balanced(tex: str) -> str:
    """Close braces at once that have no partner, drop closing ones: the parser gives up at them."""
    pieces = re.split(r"(\\.|[{}])", tex, flags=re.DOTALL)
    open_at: list[int] = []
    for i, piece in enumerate(pieces):
        if piece == "{":
            open_at.append(i)
        elif piece == "}" and open_at:
            open_at.pop()
        elif piece == "}":
            pieces[i] = ""
    for i in open_at:
        pieces[i] = "{}"
    return "".join(pieces)


def _without_unknown(tex: str) -> str:
    """Drop the name of a command that nobody knows if it has an argument, keep it as a word if not."""

    def keep(found: re.Match[str]) -> str:
        name, blank, brace = found.groups()
        arguments = commands().arguments(name)
        if arguments is None:
            return "{" if brace == "{" else name + blank
        if arguments:
            return f"\\{name} {brace or ''}"
        # Empty braces keep the blank that TeX would swallow: $a \geq b$ is read, not typeset.
        return f"\\{name}{brace}" if brace else f"\\{name}{{}}{blank}"

    return _COMMAND.sub(keep, tex)
