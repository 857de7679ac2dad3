"""PDFs that nobody should be able to read, or that would rather not be read."""

from __future__ import annotations

import zlib

from tests.fakes.arxiv_pdf import assemble, typeset, write_objects

_CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def scan(pages: int = 4) -> bytes:
    """Return pages that are pictures."""
    return assemble([b"q 595 0 0 842 0 0 cm /Im1 Do Q"] * pages)


def encrypted() -> bytes:
    """Return a paper that opens with a password only."""
    whole = typeset("Locked", ["A. Nobody"], [])
    table = whole.rindex(b"trailer")
    lock = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"5a" * 32, b"a5" * 32)
    return whole[:table] + whole[table:].replace(b">>", b"/Encrypt %s /ID [<aa> <aa>] >>" % lock, 1)


def broken() -> bytes:
    """Return the beginning of a PDF with nothing behind it."""
    return b"%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 9 0 R >>\n" + b"\x00\xff\x13" * 500


def flate_bomb(gigabytes: int = 4) -> bytes:
    """Return a few kilobytes whose one page unpacks to `gigabytes`."""
    packer = zlib.compressobj(9)
    block = packer.compress(b" " * 2**24) + packer.flush(zlib.Z_FULL_FLUSH)
    start = block[:2]
    once = start + block[2:] * (gigabytes * 64) + b"\x03\x00"
    data = zlib.compress(once, 9)
    return write_objects(
        [
            _CATALOGUE,
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> >>",
            b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream"
            % (len(data), data),
        ]
    )


def nested(depth: int = 12, width: int = 10) -> bytes:
    """Return a page that shows a form `width` times, which shows another one `width` times, and so on."""
    objects = [
        _CATALOGUE,
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /XObject << /Fm 6 0 R >> >> >>",
        b"<< /Length 6 >>\nstream\n/Fm Do\nendstream",
        _FONT,
    ]
    for level in range(depth):
        last = level == depth - 1
        said = b"BT /F1 10 Tf 50 700 Td (More and more words.) Tj ET\n" if last else b"/Fm Do\n" * width
        uses = b"/Font << /F1 5 0 R >>" if last else b"/XObject << /Fm %d 0 R >>" % (7 + level)
        objects.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << %s >> /Length %d >>\nstream\n%s\nendstream"
            % (uses, len(said), said)
        )
    return write_objects(objects)


def circle() -> bytes:
    """Return a tree of pages that is its own branch."""
    return write_objects(
        [
            _CATALOGUE,
            b"<< /Type /Pages /Count 1000000 /Kids [3 0 R 2 0 R] >>",
            b"<< /Type /Pages /Parent 2 0 R /Count 1000000 /Kids [2 0 R 3 0 R] >>",
        ]
    )


def many_pages(count: int = 10_000) -> bytes:
    """Return a PDF of many pages with the same words."""
    said = b"BT /F1 10 Tf 60 700 Td (" + b"These words are on every page. " * 4 + b") Tj ET"
    pages = [
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 3 0 R >> >> >>"
    ] * count
    kids = b" ".join(b"%d 0 R" % (5 + number) for number in range(count))
    return write_objects(
        [
            _CATALOGUE,
            b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids),
            _FONT,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(said), said),
            *pages,
        ]
    )
