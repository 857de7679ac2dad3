"""Text without addresses: a brief leads to its paper and to nothing else.

What is no address stays as it is: `mAP@0.5`, `cs.CL/LG`, `and/or`, `10.1000/182`, `arXiv:2406.15319`.
"""

from __future__ import annotations

import re
from functools import cache

# Han, kana and Hangul need no blank before an address, so an address ends where they begin.
_EASTERN = r"\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_IN_URL = rf"(?:[^\s<>\"'“”‘’«»`{{}}|\\^()\[\]{_EASTERN}]|\([^\s()]*\)|\[[^\s\[\]]*\])"
_LABEL = rf"(?:[^\W_{_EASTERN}]|-)"
_WITHIN = r"0-9A-Za-z_@./+\u00c0-\u10ff\u1e00-\u1fff-"
_ENDINGS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|ml|co|me|dev|app|gg|ly|to|tv|cc|cn|ru|de|uk|fr|jp|kr|tw|hk|sg|in|it|es|"
    "nl|eu|us|ca|au|ch|at|be|se|no|fi|dk|pl|cz|pt|br|mx|il|ir|gr|xyz|top|site|online|link|club|shop|page|tech|cloud|"
    "wiki|blog|life|live|fun|pro|one|vip|icu|space|store|website|press|science|group|zone|world|news|space|sh|st|so|is|"
    "gl|la|pw|ws|onion|fm|re|qa|рф|中国"
)
_ADDRESS = rf"""
      (?:view-source:)?[A-Za-z][A-Za-z0-9+.-]{{1,15}}\s?[:：]\s?/\s?/{_IN_URL}+         # https://…, tg://…
    | (?i:mailto|xmpp|magnet|sms|tel|geo):(?:[^\s@]*@[^\s@]+|\?[^\s]+|\+?[\d().-]{{5,}})
    | (?i:javascript|vbscript):(?:/|%|\w[\w.]*\s?[(=])[^\s]*
    | (?i:data:(?:[a-z]+/[a-z0-9.+-]+)?)[;,]{_IN_URL}+
    | (?<![{_WITHIN}])(?i:www)\.{_LABEL}+(?:\.{_LABEL}+)*(?:/{_IN_URL}*)?
    | (?<![{_WITHIN}])[A-Za-z0-9_.+%-]{{1,64}}@(?:{_LABEL}+\.)+(?i:{_ENDINGS})(?![\w-])              # a mailbox
    | (?<![{_WITHIN}])(?!(?:(?:cs|eess|econ|math|stat|physics|cond-mat|astro-ph|q-bio|q-fin|nlin)\.[A-Z]))
      (?:{_LABEL}+\.)+(?i:{_ENDINGS})(?::\d+)?[/?]{_IN_URL}*                       # t.me/…, github.com/…
    | (?<![{_WITHIN}])(?i:discord(?:app)?\.(?:gg|com))(?![\w-])
    """
_AFTER = ".,;:!?…'\"*_~"  # belongs to the sentence, though an address may hold it
_WRAPPED = re.compile(r"<\s*(\[\w+\])\s*>|\s?[(（]\s*(\[\w+\])(?:\s*[,;、，；]\s*\[\w+\])*\s*[)）]")

_TRADITIONAL = frozenset("們這個為與對過實驗準確種應該開發說構網訓練資訊學習題層處")
_WORDS = {"en": "[link]", "zh-Hans": "[链接]", "zh-Hant": "[連結]", "ja": "[リンク]", "ko": "[링크]"}


def without_addresses(text: str) -> str:
    """Return `text` with a word in the place of each address, in the text's own language; in brackets, nothing."""
    address_in = _address()
    if not address_in.search(text):
        return text
    word = _WORDS[_script(text)]

    def name(found: re.Match[str]) -> str:
        address = found[0]
        return word + address[len(address.rstrip(_AFTER)) :]

    named = address_in.sub(name, text)
    return _WRAPPED.sub(lambda found: found[1] or "", named)


@cache  # compiled for those who write: it takes longer than the rest of this package
def _address() -> re.Pattern[str]:
    return re.compile(_ADDRESS, re.VERBOSE)


def _script(text: str) -> str:
    """Return which of our words for a link the text's readers read."""
    if re.search("[\u3041-\u30fa]", text):
        return "ja"
    if re.search("[\uac00-\ud7a3]", text):
        return "ko"
    if re.search("[\u4e00-\u9fff]", _address().sub("", text)):
        return "zh-Hant" if _TRADITIONAL & set(text) else "zh-Hans"
    return "en"
