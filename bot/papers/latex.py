"""LaTeX as people put it into titles, names and abstracts, made readable.

The arXiv's metadata is plain text with islands of TeX, not a TeX document: a lone % is per cent, ~85 is
about 85, $5 may be money. So only what is surely TeX is handed to the parser; the rest stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

# Characters that mean something to TeX and are text here unless a backslash stands before them. They travel
# through the parser as private-use characters.
_PLAIN = {char: chr(0xE000 + i) for i, char in enumerate("%&#~`'^_$\"-")}
_BACK = {ord(stand_in): char for char, stand_in in _PLAIN.items()}
_PROTECT = re.compile(r"(\\.)|([%&#~`'^_$\"-])", re.DOTALL)

# Pandoc's rule for dollars: no blank inside, no digit after the closing one; so "$5 and $10" is money.
_MATH = re.compile(
    r"\$\$(?P<display>.+?)\$\$"
    r"|(?<!\\)\$(?P<inline>(?!\s)(?:[^$\\]|\\.)*?(?<!\s))(?<!\\)\$(?!\d)"
    r"|(?<!\\)\$(?P<marked>[^$\d]{0,20}[\\^_][^$]{0,80})(?<!\\)\$"  # $\sim$85 can only be TeX
    r"|(?<!\\)\$ (?P<spaced>[A-Za-z]|[^$]{0,40}\\[^$]{0,40}) \$|(?<!\\)\$(?P<sign>[<>+=]{1,2})\$"
    r"|\\\((?P<round>.+?)\\\)|\\\[(?P<square>.+?)\\\]",
    re.DOTALL,
)
_ADDRESS = re.compile(r"(https?://[^\s{}\\]+|www\.[^\s{}\\]+)")
_LINKED = re.compile(r"\\url\s*\{([^{}]*)\}|\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
# Switches of fonts stand before what they change and leave nothing behind.
_FONT = re.compile(r"\\(?:em|it|bf|tt|sc|rm|sf|sl|bfseries|itshape|scshape|ttfamily|sffamily)(?![A-Za-z])\s*")
_TEX = re.compile(r"[\\${}]|``|''|\^|--")
_BLANKS = re.compile(r"\s+")

_SUPER = dict(zip("0123456789+-−=()nix'*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣ′*", strict=True))
_SUB = dict(zip("0123456789+-−=()aeoxhklmnpstijruv", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", strict=True))


@lru_cache(maxsize=4096)
def to_text(source: str) -> str:
    """Return `source` as one line of NFC Unicode without TeX. Never raises; loses no word."""
    if not _TEX.search(source):
        return _tidy(source)
    try:
        return _tidy(_convert(source))
    except Exception:  # pylatexenc and recursion: whatever a submitter typed, the source is still readable
        return _tidy(source)


def _tidy(text: str) -> str:
    visible = "".join(c if unicodedata.category(c) != "Cc" else " " for c in text)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", visible)).strip()


def _convert(source: str) -> str:
    source = _LINKED.sub(lambda m: m[1] or f"{m[3]} ({m[2]})", source)
    parts: list[str] = []
    end = 0
    for math in _MATH.finditer(source):
        parts.append(_prose(source[end : math.start()]))
        parts.append(_math(next(group for group in math.groups() if group is not None)))
        end = math.end()
    parts.append(_prose(source[end:]))
    return "".join(parts)


def _prose(text: str) -> str:
    return "".join(
        piece if i % 2 else _words(piece)  # an address is copied, not typeset
        for i, piece in enumerate(_ADDRESS.split(text))
    )


def _words(text: str) -> str:
    text = re.sub(r"``(.+?)''", r"“\1”", text, flags=re.DOTALL)
    text = re.sub(r"(?<![\w`])`([^`']+)'(?!\w)", r"‘\1’", text)
    text = re.sub(r"(?<=\w)---?(?=\w)|(?<=\s)---?(?=\s)", lambda m: "—" if len(m[0]) == 3 else "–", text)
    text = re.sub(r"(?<=[\w.,;)])~(?=[\w(\\$])", " ", text)  # a tie: Fig.~3
    if not re.search(r"[\\{}]", text):
        return text
    text = re.sub(r"\\([%&#_$])", lambda m: _PLAIN[m[1]], _FONT.sub("", text))
    return _parse(_PROTECT.sub(lambda m: m[1] or _PLAIN[m[2]], _keep_unknown(text)))


def _math(source: str) -> str:
    scripted = _scripts(source.replace("\\%", _PLAIN["%"]).replace("%", _PLAIN["%"]).replace("&", " "))
    said = _parse(_keep_unknown(scripted).replace("~", " "))
    return said.replace(" ,", ",").strip()


def _scripts(source: str) -> str:
    """Turn `^{…}` and `_{…}` into Unicode where it has the characters, into ^(…) and _… where not."""
    out: list[str] = []
    i = 0
    while i < len(source):
        char = source[i]
        if char == "\\" and i + 1 < len(source):
            out.append(source[i : i + 2])
            i += 2
        elif char in "^_":
            argument, i = _argument(source, i + 1)
            # Braces end a command's name, which would go on into letters that are small and raised.
            out.append(
                ("{}" if re.search(r"\\[A-Za-z]+$", "".join(out[-24:])) else "") + _script(char, argument)
            )
        else:
            out.append(char)
            i += 1
    return "".join(out)


def _argument(source: str, at: int) -> tuple[str, int]:
    """Return what a script applies to, and where it ends."""
    while at < len(source) and source[at] == " ":
        at += 1
    if source[at : at + 1] == "{":
        depth, end = 0, at
        while end < len(source):
            depth += {"{": 1, "}": -1}.get(source[end], 0)
            end += 1
            if depth == 0:
                return source[at + 1 : end - 1], end
        return source[at + 1 :], len(source)
    if command := re.match(r"\\[A-Za-z]+\s*(?:\{[^{}]*\})*", source[at:]):
        return command[0], at + command.end()
    return source[at : at + 1], at + 1


def _script(kind: str, argument: str) -> str:
    if kind == "^" and re.fullmatch(r"\s*\\(?:circ|degree)\s*", argument):
        return "°"
    inner = _math(argument)
    table = _SUPER if kind == "^" else _SUB
    # A word of subscript reads better as D_TV than in letters that half the fonts lack.
    if inner and all(c in table for c in inner) and (len(inner) == 1 or not inner.isalpha()):
        return "".join(table[c] for c in inner)
    if inner in ("⊤", "T", "†", "*", "′", "∗"):
        return {"⊤": "ᵀ", "T": "ᵀ", "∗": "*"}.get(inner, inner)
    plain = inner.replace(" ", "")
    shown = inner if re.fullmatch(r"\w*", plain) and " " not in inner else f"({inner})"
    return _PLAIN[kind] + shown if inner else ""


def _keep_unknown(text: str) -> str:
    """Drop the name of a command that nobody knows if it has an argument, keep it as a word if not."""
    known = _context()[0]

    def keep(found: re.Match[str]) -> str:
        name, blank, brace = found.groups()
        arguments = known(name)
        if arguments is None:
            return "{" if brace == "{" else name + blank
        # Empty braces keep the blank that TeX would swallow: $a \geq b$ is read, not typeset.
        return f"\\{name}{{}}{blank}" if blank and not brace and not arguments else found[0]

    return re.sub(r"\\([A-Za-z]+)\*?(\s*)(\{\}|\{)?", keep, text)


def _parse(tex: str) -> str:
    from pylatexenc.latexwalker import LatexWalker

    if not re.search(r"[\\{}]", tex):
        return tex.translate(_BACK)
    _, parser, to = _context()
    nodes, _, _ = LatexWalker(tex, latex_context=parser, tolerant_parsing=True).get_latex_nodes()
    said: str = to.nodelist_to_text(nodes)
    return said.translate(_BACK)


@lru_cache(maxsize=1)
def _context() -> tuple[Any, Any, Any]:
    """Return what is a known command, the parser's and the writer's tables."""
    from pylatexenc import latex2text, latexwalker, macrospec

    parser = latexwalker.get_default_latex_context_db()
    words = latex2text.get_default_latex_context_db()

    def inner(node: Any, l2t: Any, i: int) -> str:
        arguments = [a for a in getattr(node.nodeargd, "argnlist", None) or () if a is not None]
        return str(l2t.nodelist_to_text([arguments[i]])).strip() if arguments else ""

    def bracketed(text: str) -> str:
        return text if re.fullmatch(r"[\w.\ue000-\uf8ff]*", text) else f"({text})"

    def fraction(node: Any, l2tobj: Any) -> str:
        return f"{bracketed(inner(node, l2tobj, 0))}/{bracketed(inner(node, l2tobj, 1))}"

    def root(node: Any, l2tobj: Any) -> str:
        return f"√{bracketed(inner(node, l2tobj, -1))}"

    def same(node: Any, l2tobj: Any) -> str:
        return inner(node, l2tobj, -1)

    fonts = "mathcal mathbf mathrm mathit mathsf mathtt mathfrak mathscr boldsymbol bm bold operatorname text".split()
    fonts += "textit textbf texttt textsc textsf textrm textup textsl textmd emph mbox hbox underline".split()
    fonts += (
        "mathop mathbin mathrel ensuremath textnormal textsuperscript textsubscript mathds textcolor".split()
    )
    parser.add_context_category(
        "paperwire",
        [macrospec.std_macro(name, False, 1) for name in fonts if name != "textcolor"]
        + [
            macrospec.std_macro(name, False, 2)
            for name in ("frac", "dfrac", "tfrac", "nicefrac", "textcolor", "href")
        ]
        + [macrospec.std_macro("sqrt", True, 1)],
        prepend=True,
    )
    signs = {"sim": "~", "ll": "≪", "gg": "≫", "le": "≤", "ge": "≥", "leq": "≤", "geq": "≥", "to": "→"}
    signs |= {"textrightarrow": "→", "textsim": "~", "texttimes": "×", "prime": "′", "mid": "|", "colon": ":"}
    signs |= {"lvert": "|", "rvert": "|", "lVert": "‖", "rVert": "‖", "|": "‖", "left": "", "right": ""}
    signs |= dict.fromkeys(
        "big Big bigl bigr Bigl Bigr bigg displaystyle textstyle scriptstyle limits".split(), ""
    )
    signs |= dict.fromkeys(
        "xspace smallskip noindent centering par nobreak allowbreak relax footnotesize".split(), ""
    )
    signs |= {
        "textquotesingle": "'",
        "textasciitilde": "~",
        "textendash": "–",
        "textemdash": "—",
        "star": "*",
    }
    signs |= {
        name: name for name in "Pr log exp max min arg sup inf det dim ker lim ln sin cos tan gcd deg".split()
    }
    signs |= {
        "argmax": "argmax",
        "argmin": "argmin",
        ",": " ",
        ";": " ",
        ":": " ",
        "!": "",
        "quad": " ",
        "qquad": " ",
    }
    texts = [latex2text.MacroTextSpec(name, simplify_repl=sign) for name, sign in signs.items()]
    texts += [latex2text.MacroTextSpec(name, simplify_repl=same) for name in (*fonts, "href", "footnote")]
    texts += [
        latex2text.MacroTextSpec(name, simplify_repl="") for name in ("cite", "citep", "citet", "label")
    ]
    texts += [
        latex2text.MacroTextSpec(n, simplify_repl=fraction) for n in ("frac", "dfrac", "tfrac", "nicefrac")
    ]
    texts += [latex2text.MacroTextSpec("sqrt", simplify_repl=root)]
    words.add_context_category("paperwire", texts, prepend=True)

    def known(name: str) -> str | None:
        """Return the arguments that the command takes, None if nobody knows it."""
        spec = words.get_macro_spec(name)
        if spec is None or not spec.macroname:
            return None
        parsed = parser.get_macro_spec(name)
        return str(getattr(parsed.args_parser, "argspec", "") or "") if parsed else ""

    to = latex2text.LatexNodes2Text(
        latex_context=words, math_mode="text", strict_latex_spaces=True, keep_comments=True
    )
    return known, parser, to
