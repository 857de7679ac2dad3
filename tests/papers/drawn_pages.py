"""PDFs of made-up papers, page by page as a test describes them: paragraphs, captions, drawings, photographs."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence

_Add = Callable[[bytes], int]

WIDTH, HEIGHT = 612, 792
LEFT, RIGHT = 72, 540  # of the text, in points from the left
COLUMNS = ((54, 297), (315, 558))

_WORDS = "we show that the model reads a paper and finds what was drawn in it with some care for every case".split()


class Page:
    """What stands on a page. Places are in points from its upper left corner."""

    def __init__(self, *, turned: int = 0, origin: tuple[int, int] = (0, 0), width: int = WIDTH) -> None:
        """`turned` is by how many degrees readers turn the page; `origin` is where its paper begins."""
        self.turned, self.origin, self.width = turned, origin, width
        self.commands: list[str] = []
        self.pictures: list[tuple[int, int, bytes]] = []
        self.forms: list[tuple[int, int, str]] = []

    def line(
        self, x: float, y: float, words: str, size: float = 10, font: str = "F1", colour: str = "0"
    ) -> Page:
        """Write one line with its baseline at `y`."""
        coded = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.commands.append(f"BT {colour} g /{font} {size} Tf {x} {HEIGHT - y} Td ({coded}) Tj ET 0 g")
        return self

    def lines(
        self, x: float, y: float, *lines: str, size: float = 10, leading: float = 12, font: str = "F1"
    ) -> Page:
        for number, words in enumerate(lines):
            self.line(x, y + number * leading, words, size, font)
        return self

    def paragraph(
        self, y: float, count: int, *, x: float = LEFT, right: float = RIGHT, start: str = ""
    ) -> Page:
        """Write `count` full lines of running text; `start` are its first words."""
        letters = int((right - x) / 6)  # which are 6 points wide, all of them
        for number in range(count):
            words = start if number == 0 else ""
            some = random.Random(f"{x}{y}{number}")
            while len(words) < letters:
                words += f" {some.choice(_WORDS)}"
            self.line(x, y + 12 * number, words.strip()[:letters])
        return self

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str = "0.2 0.4 0.8",
        *,
        fill: bool = True,
    ) -> Page:
        paint = f"{colour} rg" if fill else f"{colour} RG 1 w"
        self.commands.append(
            f"q {paint} {x} {HEIGHT - y - height} {width} {height} re {'f' if fill else 'S'} Q"
        )
        return self

    def plot(self, x: float, y: float, width: float, height: float, *, labels: bool = True) -> Page:
        """Draw axes, a curve and the labels of both."""
        bottom = HEIGHT - y - height
        curve = " ".join(
            f"{x + width * step / 20:.1f} {bottom + height * (step / 20) ** 2:.1f} l" for step in range(1, 21)
        )
        self.commands.append(f"q 0 G 1 w {x} {bottom + height} m {x} {bottom} l {x + width} {bottom} l S Q")
        self.commands.append(f"q 0.8 0.1 0.1 RG 1.5 w {x} {bottom} m {curve} S Q")
        if labels:
            for step in range(5):
                self.line(x + step * width / 5, y + height + 9, str(step * 10), 7, "F2")
            self.line(x + width / 2 - 12, y + height + 19, "steps", 7, "F2")
        return self

    def photograph(
        self, x: float, y: float, width: float, height: float, pixels: tuple[int, int] = (320, 240)
    ) -> Page:
        """Put a picture of soft noise."""
        across, down = pixels
        some = random.Random(7)
        data = bytearray()
        for row in range(down):
            for column in range(across):
                glow = 90 + 80 * row // down + 60 * column // across
                data += bytes((min(glow + some.randrange(24), 255), glow * 3 // 4, 255 - glow))
        self.pictures.append((across, down, zlib.compress(bytes(data))))
        bottom = HEIGHT - y - height
        self.commands.append(f"q {width} 0 0 {height} {x} {bottom} cm /P{len(self.pictures)} Do Q")
        return self

    def form(self, x: float, y: float, width: int, height: int, commands: str) -> Page:
        """Put a drawing of its own space, as LaTeX does with a figure from another PDF; what sticks out is cut."""
        self.forms.append((width, height, commands))
        self.commands.append(f"q 1 0 0 1 {x} {HEIGHT - y - height} cm /X{len(self.forms)} Do Q")
        return self


def write_pages(*pages: Page) -> bytes:
    """Return the PDF of these pages."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    kids = [add(_page(page, add)) for page in pages]
    objects[1] = (
        f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    )
    return _file(objects)


def _page(page: Page, add: _Add) -> bytes:
    fonts = "/Font << /F1 3 0 R /F2 4 0 R >>"
    things = []
    for number, (across, down, data) in enumerate(page.pictures, 1):
        head = (
            f"/Type /XObject /Subtype /Image /Width {across} /Height {down} /ColorSpace /DeviceRGB "
            "/BitsPerComponent 8 /Filter /FlateDecode"
        )
        things.append(f"/P{number} {add(_stream(data, head))} 0 R")
    for number, (width, height, commands) in enumerate(page.forms, 1):
        head = f"/Type /XObject /Subtype /Form /BBox [0 0 {width} {height}] /Resources << {fonts} >>"
        things.append(f"/X{number} {add(_stream(commands.encode(), head))} 0 R")
    x, y = page.origin
    content = f"1 0 0 1 {x} {y} cm\n" + "\n".join(page.commands)
    width, height = page.width, HEIGHT
    if page.turned in (90, 270):
        # The paper lies on its side, and so does what is written on it, until a reader turns it.
        width, height = HEIGHT, WIDTH
        turn = f"0 1 -1 0 {HEIGHT} 0 cm" if page.turned == 90 else f"0 -1 1 0 0 {WIDTH} cm"
        content = f"{turn}\n{content}"
    number = add(_stream(content.encode("cp1252")))
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{x} {y} {x + width} {y + height}] /Rotate {page.turned} "
        f"/Contents {number} 0 R /Resources << {fonts} /XObject << {' '.join(things)} >> >> >>"
    ).encode()


def _stream(data: bytes, head: str = "") -> bytes:
    return f"<< {head} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
