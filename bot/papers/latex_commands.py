"""What LaTeX's commands say in plain text: the tables that pylatexenc reads and writes by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# Characters that mean something to TeX. Where they are text they travel through the parser as others, from
# the last private plane, which nobody types.
_SPECIAL = "%&#~`'^_$\"-\\{}"
STAND_IN = {char: chr(0x10FF00 + i) for i, char in enumerate(_SPECIAL)}
MEANT = {ord(stand_in): char for char, stand_in in STAND_IN.items()}

_FONTS = (
    "mathcal mathbf mathrm mathit mathsf mathtt mathfrak mathscr mathds boldsymbol bm bold operatorname text textit "
    "textbf texttt textsc textsf textrm textup textsl textmd textnormal emph mbox hbox underline mathop mathbin "
    "mathrel ensuremath textsuperscript textsubscript footnote url href hyperlink"
).split()
_COLOURED = ("textcolor", "colorbox")
_FRACTIONS = ("frac", "dfrac", "tfrac", "nicefrac")
_NAMES = "Pr log exp max min arg sup inf det dim ker lim ln sin cos tan gcd deg argmax argmin".split()
_SILENT = (
    "left right big Big bigg Bigg bigl bigr Bigl Bigr displaystyle textstyle scriptstyle limits nolimits xspace smallskip "
    "noindent centering par nobreak allowbreak relax protect label color vspace hspace cite citep citet ref !"
).split()
_SIGNS = {
    **{char: STAND_IN[char] for char in "%&#_${}"},
    **{name: name for name in _NAMES},
    **dict.fromkeys(_SILENT, ""),
    **dict.fromkeys(", ; : quad qquad".split(), " "),
    **{"sim": STAND_IN["~"], "textsim": STAND_IN["~"], "textasciitilde": STAND_IN["~"]},
    **{"textbackslash": STAND_IN["\\"], "backslash": STAND_IN["\\"], "textquotesingle": STAND_IN["'"]},
    **{"lbrace": STAND_IN["{"], "rbrace": STAND_IN["}"], "percent": STAND_IN["%"]},
    **{"ll": "≪", "gg": "≫", "le": "≤", "ge": "≥", "leq": "≤", "geq": "≥", "to": "→", "textrightarrow": "→"},
    **{
        "|": "‖",
        "lVert": "‖",
        "rVert": "‖",
        "lvert": "|",
        "rvert": "|",
        "mid": "|",
        "colon": ":",
        "slash": "/",
    },
    **{"texttimes": "×", "prime": "′", "star": "*", "textendash": "–", "textemdash": "—", "triangle": "△"},
    **{"copyright": "©", "circledR": "®", "S": "§", "LaTeX": "LaTeX", "TeX": "TeX", "textless": "<"},
    **{
        "eg": "e.g.",
        "ie": "i.e.",
        "etc": "etc.",
        "etal": "et al.",
        "vDash": "⊨",
        "implies": "⟹",
        "varTheta": "Θ",
    },
}

SUPERSCRIPT = dict(zip("0123456789+-−=()nix'*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣ′*", strict=True))
SUBSCRIPT = dict(zip("0123456789+-−=()aeoxhklmnpstijruv", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", strict=True))


@dataclass(frozen=True, slots=True)
class Commands:
    """pylatexenc's parser and writer with our tables."""

    _parser: Any
    _texts: Any
    _writer: Any

    def arguments(self, name: str) -> str | None:
        """Return the arguments that a command takes, as in "[{"; None if nobody knows it."""
        text = self._texts.get_macro_spec(name)
        if text is None or not text.macroname:
            return None
        parsed = self._parser.get_macro_spec(name)
        return str(getattr(parsed.args_parser, "argspec", "") or "") if parsed else ""

    def say(self, tex: str) -> str:
        """Return `tex` as text, its special characters still standing in."""
        from pylatexenc.latexwalker import LatexWalker

        walker = LatexWalker(tex, latex_context=self._parser, tolerant_parsing=True)
        said: str = self._writer.nodelist_to_text(walker.get_latex_nodes()[0])
        return said


@lru_cache(maxsize=1)
def commands() -> Commands:
    """Return the tables, made at first use: the library takes a while to load."""
    from pylatexenc import latex2text, latexwalker
    from pylatexenc.macrospec import std_macro

    parser = latexwalker.get_default_latex_context_db()
    read = [std_macro(name, False, 1) for name in (*_FONTS, "pmod", "label", "color", "vspace", "hspace")]
    read += [std_macro(name, False, 2) for name in (*_COLOURED, *_FRACTIONS, "binom")]
    read.append(std_macro("sqrt", True, 1))
    parser.add_context_category("paperwire", read, prepend=True)

    texts = latex2text.get_default_latex_context_db()
    said = {**_SIGNS, **dict.fromkeys((*_FONTS, *_COLOURED), _last), **dict.fromkeys(_FRACTIONS, _fraction)}
    said |= {"sqrt": _root, "binom": _choice, "pmod": _modulo}
    written = [latex2text.MacroTextSpec(name, simplify_repl=text) for name, text in said.items()]
    texts.add_context_category("paperwire", written, prepend=True)

    writer = latex2text.LatexNodes2Text(
        latex_context=texts, math_mode="text", strict_latex_spaces=True, keep_comments=True
    )
    return Commands(parser, texts, writer)


# pylatexenc tells by the names of the parameters what to hand over: node, l2tobj.


def _said(node: Any, l2tobj: Any) -> list[str]:
    arguments = getattr(node.nodeargd, "argnlist", None) or ()
    return [str(l2tobj.nodelist_to_text([given])).strip() if given is not None else "" for given in arguments]


def _last(node: Any, l2tobj: Any) -> str:
    said = _said(node, l2tobj)
    return said[-1] if said else ""


def _fraction(node: Any, l2tobj: Any) -> str:
    above, below = (bracketed(said) for said in _said(node, l2tobj))
    return f"{above}/{below}"


def _root(node: Any, l2tobj: Any) -> str:
    index, of = _said(node, l2tobj)
    return "".join(SUPERSCRIPT.get(char, char) for char in index) + f"√{bracketed(of)}"


def _choice(node: Any, l2tobj: Any) -> str:
    return "({} choose {})".format(*_said(node, l2tobj))


def _modulo(node: Any, l2tobj: Any) -> str:
    return f"(mod {_last(node, l2tobj)})"


def bracketed(text: str) -> str:
    """Return `text` so that it reads as one thing."""
    return text if re.fullmatch(r"[\w.\U0010ff00-\U0010ff0f]*", text) else f"({text})"
