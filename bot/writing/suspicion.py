"""What is suspicious in a text that a stranger wrote: a paper that speaks to the model and not to its readers.

Nothing depends on it but a notice: every source is treated as text, suspicious or not. So it may miss, and it
should hardly ever be wrong about a real paper, though papers about attacks quote what attackers say: what
stands in quotation marks or is told of somebody else ("they ask the model to ignore …") is no suspicion.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator

from bot.writing.clean import visible
from bot.writing.notes import ASKS, ENCODED, HIDDEN, SPEAKS, SUSPICIONS, TOKENS

__all__ = ["SUSPICIONS", "suspicions"]

LONGEST = 400_000  # characters that are looked at

# Where a sentence begins, so that it commands and does not tell of commands.
_START = (
    r"(?:^|[.!?:;\n\]*>]\s*|[)\"'”]\s+|\b(?:important|please|note|attention|warning|urgent)\b[\s:,!-]{1,3}"
    r"|\b(?:you|models?|assistants?|llms?|ai)\s(?:must|should|shall|have\sto|are\sto|need\sto)\s(?:now\s|also\s)?)"
)
_MODEL = (
    r"(?:(?:an?|the|any|all|every|large|automated|ai|artificial intelligence)\s){0,3}(?:ai(?:\s(?:assistant|model|reviewer|"
    r"system|agent|summari[sz]er|translator)s?)?|llms?(?:\sreviewers?)?|(?:language|chat)\s?models?|chatbots?|"
    r"assistants?|gpt(?:-\w+)?|chatgpt|claude|gemini|summari[sz]ers?|translators?|automated reviewers?|ai-?based reviewers?)"
)
_RULES = (
    r"(?:instructions?|prompts?|directions?|directives?|rules|guidelines|guidance|commands?|constraints|messages?|"
    r"context|system prompt|tasks?)"
)
_SPEAKS = re.compile(
    rf"""
      {_START}(?:ignore|disregard|forget|override|bypass|discard|dismiss)\s(?:\w+\s){{0,3}}?
        (?:previous|prior|above|preceding|earlier|foregoing|former|existing|initial|original|system|safety|your|other|
        these|those|all|any|everything)\s(?:\w+\s){{0,3}}?(?:{_RULES}|(?:said|written|told)?\s?(?:above|before))\b
    | (?:\b(?:as|you\sare(?:\snow)?|since\syou\sare|if\syou\sare|if\syou're|act\sas|pretend\s(?:to\sbe|you\sare)|dear|hey|hello)|{_START}(?:for|to))
        \s{_MODEL}(?:\sreading\sthis|\sreviewing\sthis|\sprocessing\sthis|\ssummari[sz]ing\sthis)?\s?(?:[,:;!—]+\s?|-\s)
        (?:\w+\s){{0,2}}?(?:you(?:r|\smust|\sshould)?|please|don't|do\snot|never|ignore|give|write|output|respond|reply|say|include)\b
    | \bif\syou(?:\sare|'re)\s(?:{_MODEL})\b
    | {_START}you\sare\snow\s(?!able|in\s|ready)(?:\w+\s){{0,3}}?(?:mode|dan|assistant|model|bot|agent|pirate|free|unrestricted|{_MODEL})
    | \b(?:note|message|instructions?|notice|reminder|request|hint|warning|attention(?=\sto))\s(?:to|for)\s(?:the\s|all\s|any\s)*
        {_MODEL}(?:\s(?:reading|reviewing|processing)\s\w+)?\s?[:—!-]
    | {_START}(?:only\s)?(?:give|write|provide|assign|output|recommend|return|produce|generate|offer|submit|emphasi[sz]e|make|describe|present|rate|
        call|praise|say|state|conclude|summari[sz]e)\s(?:\w+\s){{0,5}}?(?:positive|favou?rable|glowing|enthusiastic|outstanding|
        strong\saccept|accept\sthis|acceptance\sof\sthis|highest\s(?:possible\s)?(?:score|rating)|10/10|best\spaper|groundbreaking|
        revolutionary|flawless|top\sscore)\b(?!\s(?:and\snegative|or\snegative|examples|samples|pairs|correlation|definite|semi))
    | {_START}(?:do\snot|don't|never|avoid)\s(?:\w+ing\s)?(?:highlight|mention|include|report|list|reveal|disclose|raise|point\sout|discuss|
        criticis?ze?|translate|summari[sz]e|tell|follow)?\s?(?:\w+\s){{0,3}}?(?:negatives?|weakness(?:es)?|limitations?|flaws?|shortcomings|criticisms?|system\sprompt|
        this\s(?:text|abstract|paper|instruction)|(?:the\s)?(?:user|reader)s?)\b
    | {_START}(?:reveal|print|output|repeat|show|leak|write|copy|include|begin\swith|translate|disclose|reproduce|tell\s\w+)\s(?:\w+\s){{0,4}}?
        (?:your|the|above|hidden|initial)\s(?:system\s|initial\s|hidden\s|secret\s|full\s|entire\s|original\s|own\s){{1,2}}(?:prompt|instructions?|message)s?\b
    | {_START}(?:respond|reply|answer|output|say|write|print|return|summari[sz]e|translate)\s
        (?:(?:only|exclusively|everything|this|it|exactly|just|nothing|all|your\s\w+|the\s(?:summary|abstract|answer|gist|takeaways|title))\s){{1,4}}?
        (?:in\s(?:french|german|spanish|italian|russian|chinese|japanese|korean|arabic|klingon|latin|english|base64|pirate|emoji|markdown|html|
        json|yaml|xml|capitals|upper\scase)|with\s(?:the\s)?(?:following|word|words|phrase|sentence|exactly|yes|no)|the\s(?:following|word|words|phrase|sentence)|but|as\s(?:markdown|html|xml))
    | \b(?:new|updated|real|actual|hidden|secret|additional|system|(?<!arxiv\s)admin|developer|urgent)\s(?:instructions?|prompt|message|override|note|command)\s?[:=>](?!\s?(?:arxiv|text))
    | {_START}(?:enter|enable|activate|switch\sto)\s(?:developer|debug|admin|dan|jailbreak|god|unrestricted)\smode
    | (?:---|===|\#\#\#|\*\*\*|\[)\s?(?:end|stop|begin|start)\s(?:of\s)?(?:the\s)?(?:paper|abstract|document|input|text|user|system|material|untrusted|data|instructions?)
    | \b(?:your|the\sreal|the\sonly|the\sactual)\s(?:new\s|real\s|actual\s|only\s)?(?:task|job|goal|instruction)\s(?:is\snow|now\sis)\b
    | {_START}(?:set|leave|make)\s(?:the\s)?(?:gist|summary|takeaways|title)\s(?:field\s)?(?:to|as|equal)\b
    | \b(?:gist|summary|takeaways)(?:\sfield)?\s(?:must|has\sto|should|shall)\s(?:be|say|read|contain|include|start|end|mention)\s(?:exactly|only|the\sfollowing|["“'])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ELSEWHERE = re.compile(
    r"""
      (?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不用管|跳过)(?:掉|了|你|之前|以上|上述|前面|先前|上面|所有|此前|前述|一切|全部|任何|的|你的|原有|系统|系統|给你){1,6}
        (?:指令|指示|提示|提示词|提示詞|要求|规则|規則|命令|内容|约束|設定|设定)
    | (?:作为|作為|如果你是|假如你是|若你是|你现在是|你現在是|致|请注意)(?:一个|一個|一名|一位|任何|所有)?(?:AI|人工智能|大?语言模型|大?語言模型|大模型|审稿模型|AI审稿人|机器人|助手|摘要模型|翻译模型)
        \s?[,，、:：。]?\s?(?:你|您|请|請|必须|務必|务必|不要|应|只|则|的?读者)
    | (?:请|請|必须|务必|務必|一定要|只能|仅|只|直接)(?:在.{1,10})?(?:给出|給出|给予|写出|提供|撰写|输出|打出|生成|回复|回答|写).{0,10}
        (?:正面|积极|積極|好评|好評|高分|满分|肯定|接收|强烈推荐|以下(?:内容|句子|文字)|下面(?:的|这)|系统提示|链接|網址|网址)
    | (?:不要|切勿|请勿|禁止|不得)(?:提及|提到|指出|强调|強調|突出|透露|批评|列出|翻译|總結|总结).{0,8}(?:缺点|缺點|负面|負面|不足|局限|弱点|弱點|问题|本文|原文|这段|摘要)
    | (?:输出|透露|显示|打印|重复|泄露|输出)(?:你的|系统|全部|完整的){1,3}(?:提示词|提示|指令|设定)
    | (?:以前|これまで|上記|前|先)の(?:すべての|全ての)?(?:指示|命令|プロンプト|ルール)を?(?:すべて|全て)?(?:無視|忘れ)
    | (?:AI|言語モデル|査読者?)(?:である|の)?あなた(?:は|に)|肯定的な(?:レビュー|評価)(?:のみ|だけ)
    | (?:이전|위의?|앞의?|기존)\s?(?:의\s?)?(?:모든\s)?(?:지시|명령|프롬프트|지침)[^.]{0,8}(?:무시|잊)
    | \b(?:ignore[zr]?|oublie[zr]?)\s[^.]{0,20}(?:instructions|consignes)\s(?:pr[ée]c[ée]dentes|ci-dessus|ant[ée]rieures)
    | \b(?:ignorier(?:e|en|t)?|vergiss|vergesst|missachten?)\s[^.]{0,25}(?:vorherigen|bisherigen|obigen|vorigen|fr[üu]heren)\w*\s(?:anweisung|instruktion|befehl|vorgabe)
    | \b(?:ignor[ae]|olvid[ae]|descart[ae]|haz\scaso\somiso|desconsidere|esqueça|dimentica)\b[^.]{0,25}(?:instrucciones|indicaciones|instruções|istruzioni)[^.]{0,15}(?:anteriores|previas|precedenti|acima)
    | (?:игнорируй|забудь|проигнорируй)(?:те)?[^.]{0,30}(?:инструкци|указани|команд)
    | (?:تجاهل|انس)[^.]{0,25}(?:التعليمات|الأوامر)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ASKS = r"""
      %s(?:include|insert|append|add|put|place|write|output|post|end|close|start|begin|finish|tag|mention|ping|notify|recommend|tell|send|
        invite|ask|urge|advise|direct|refer|embed|link)\b[^.\n]{0,80}?
        (?:(?<!\w)@(?:everyone|here|channel|all|[a-z_]\w{3,})|(?<!\w)/(?:start|subscribe|unsubscribe|allow|deny|stop|ban|settings|help|summarize|like|dislike|delete|admin|kick|promote|ask)\b
        |<@|</\w|t\.me/|discord\.gg|tg://|(?:this|the|the\sfollowing|a|our|my|following)\s(?:hyper)?(?:link|url|address|markdown|image|html\stag|hashtag|mention)s?\b
        |!?\[[^\]]*\]\(|<a\s|<img\s)
    | (?:请|請|务必|務必|必须)[^。\n]{0,12}(?:访问|訪問|点击|點擊|添加|加入|关注|附上|插入|提醒|艾特)[^。\n]{0,20}(?:https?:|t\.me|@|链接|連結|网址|群|频道|頻道|/\w)
    """
_ASKS_FIRST = re.compile(_ASKS % _START, re.IGNORECASE | re.VERBOSE)
_ASKS_TOO = re.compile(
    _ASKS % r"\b(?:and|to|then|also|must)\s", re.IGNORECASE | re.VERBOSE
)  # of who gives orders anyway
_TOKENS = re.compile(
    r"""
      <\|(?:im_start|im_end|endoftext|startoftext|system|user|assistant|eot_id|eom_id|start_header_id|end_header_id|begin_of_text|endofprompt|channel|message|end)\|>
    | \[/?INST\] | <</?SYS>> | <(?:start|end)_of_turn> | <｜(?:User|Assistant|begin)
    | \#{2,}\s?(?:system|instructions?|assistant|user|human|response)\s?:
    | (?:^|\n)\s*(?:system|assistant|human|user)\s?:\s?(?:you\b|ignore\b|please\b|write\b|the\b|give\b|sure\b|i\b)
    | </?(?:system|instructions?|system_prompt|assistant|user_query|untrusted)>
    | PAPER-[0-9a-f]{16} | <<<PAPER
    """,
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"[“\"«「『‘`]\s?[^“”\"«»「」『』\n]{0,40}\Z|``[^`'\n]{0,40}\Z")

_TAGS = re.compile("[\U000e0020-\U000e007f]{3}")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007f]{2,7}\U000e007f")
_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff\u034f\u115f\u1160\u3164\uffa0\ufe00-\ufe0f"
    "\U000e0100-\U000e01ef]{4}|[\u202d\u202e\u2066-\u2068]"
)
_UNSEEN_ONE = re.compile("(?<=[A-Za-z])[\u200b-\u200f\u2060-\u2064\ufeff](?=[A-Za-z])")
_MOST_UNSEEN = 8  # in words: what comes of typesetting is fewer
_BLOB = re.compile(
    r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{20,4000}={0,2}|(?:[0-9a-fA-F]{2}){16,2000})(?![A-Za-z0-9+/=])"
)

# Cyrillic and Greek letters that look Latin.
_TWINS = str.maketrans(
    "аеорсухіјѕԁһӏАВЕКМНОРСТХІЈЅοαινρΑΒΕΖΗΙΚΜΝΟΡΤΧ", "aeopcyxijsdhlABEKMHOPCTXIJSoaivpABEZHIKMNOPTX"
)
_SPACED = re.compile(r"\b(?:\w[ .·_-]){5,}\w\b")


def suspicions(text: str) -> tuple[str, ...]:
    """Return the codes of what is suspicious in a source, in the order of `SUSPICIONS`; nearly always none."""
    text = text[:LONGEST]
    found = {code for part in _readings(text) for code in _said(part)}
    if _hides(text):
        found.add(HIDDEN)
    if any(code for part in _decoded(text) for code in _said(part)):
        found.add(ENCODED)
    return tuple(code for code in SUSPICIONS if code in found)


def _readings(text: str) -> Iterator[str]:
    """Yield the text as a model may read it: without what is hidden, in plain letters, its spaced words closed."""
    lines = "\n".join(visible(line) for line in text.splitlines())
    folded = unicodedata.normalize("NFKC", lines)
    yield folded
    if not folded.isascii() and (plain := folded.translate(_TWINS)) != folded:
        yield plain
    if _SPACED.search(folded):
        yield _SPACED.sub(lambda word: re.sub(r"[ .·_-]", "", word[0]), folded)
    if any("\U000e0020" <= c <= "\U000e007e" for c in text):
        yield "".join(chr(ord(c) - 0xE0000) for c in text if "\U000e0020" <= c <= "\U000e007e")


def _said(text: str) -> Iterator[str]:
    speaks = _holds(text, _SPEAKS, _ELSEWHERE)
    if speaks:
        yield SPEAKS
    if _holds(text, _ASKS_FIRST, *((_ASKS_TOO,) if speaks else ())):
        yield ASKS
    if _holds(text, _TOKENS):
        yield TOKENS


def _holds(text: str, *patterns: re.Pattern[str]) -> bool:
    return any(_meant(found, text) for pattern in patterns for found in pattern.finditer(text))


def _meant(found: re.Match[str], text: str) -> bool:
    """Whether it is said, and not quoted."""
    start = found.start() + len(found[0]) - len(found[0].lstrip(" \t\n.:;!?*>)]_-"))
    return not _QUOTED.search(text[max(0, start - 60) : start + 1])


def _hides(text: str) -> bool:
    without_flags = _FLAG.sub("", text)
    return bool(
        _TAGS.search(without_flags)
        or _UNSEEN.search(without_flags)
        or sum(1 for _ in _UNSEEN_ONE.finditer(text)) >= _MOST_UNSEEN
    )


def _decoded(text: str) -> Iterator[str]:
    """Yield what stands in the text as base64 or in hexadecimal, where it is words."""
    for blob in _BLOB.findall(text)[:50]:
        for decode in (_base64, _hexadecimal):
            words = decode(blob)
            if words and sum(c.isalpha() or c.isspace() for c in words) > 0.8 * len(words):
                yield words


def _base64(blob: str) -> str:
    try:
        return base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _hexadecimal(blob: str) -> str:
    try:
        return bytes.fromhex(blob).decode()
    except ValueError:
        return ""
