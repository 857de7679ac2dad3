"""A small PDF that says what it is given."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

_LINES_A_PAGE = 48

# Maps every two-byte code to itself, so that readers of any script get the text back.
_TO_UNICODE = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /Same def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
"""


def write_pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """Return a PDF of A4 pages, one column, whose text can be read back."""
    lines = [*_wrapped(title, 60), ""]
    for paragraph in paragraphs:
        lines += [*_wrapped(paragraph, 88), ""]
    pages = [lines[i : i + _LINES_A_PAGE] for i in range(0, len(lines), _LINES_A_PAGE)]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(pages), b" ".join(b"%d 0 R" % (7 + 2 * i) for i in range(len(pages)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H /DescendantFonts [5 0 R] /ToUnicode 6 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
        _stream(_to_unicode()),
    ]
    for number, page in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (8 + 2 * number)
        )
        objects.append(_stream(_content(page)))
    return _file(objects)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _content(lines: Sequence[str]) -> bytes:
    shown = [b"BT 11 TL 50 790 Td"]
    for line in lines:
        try:
            plain = line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            shown.append(b"/F1 11 Tf (%s) Tj 0 -15 Td" % plain)
        except UnicodeEncodeError:
            codes = line.encode("utf-16-be").hex().encode()
            shown.append(b"/F2 11 Tf <%s> Tj 0 -15 Td" % codes)
    return b"\n".join([*shown, b"ET"])


def _to_unicode() -> bytes:
    rows = [b"<%02X00> <%02XFF> <%02X00>" % (high, high, high) for high in range(256)]
    parts = [_TO_UNICODE]
    for start in range(0, 256, 100):  # the format allows a hundred ranges in one block
        block = rows[start : start + 100]
        parts.append(b"%d beginbfrange\n%s\nendbfrange\n" % (len(block), b"\n".join(block)))
    return b"".join([*parts, b"endcmap end end\n"])


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
