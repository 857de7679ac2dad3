"""The pictures of the documents, from what the bot really sends: `make shots`, or `python -m tests.shots [name …]`."""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from tests.console_process import ROOT
from tests.editions.replay_process import preload
from tests.shots import discord, telegram
from tests.shots.stage import Shot, taken

HERE = Path(__file__).parent
PICTURES = ROOT / "docs" / "pictures"
LARGEST = 150_000  # bytes of one picture
_ALIKE = 2.0  # of 255, how far a picture may be from the one with all colours
# The last leaves no colour out that only a small part of the picture has, where few are left by the others.
_PALETTES = (
    (192, Image.Quantize.MEDIANCUT),
    (96, Image.Quantize.MEDIANCUT),
    (192, Image.Quantize.FASTOCTREE),
)

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MODULES = {
    "lit": "lit/index.js",
    "lit/": "lit/",
    "lit-html": "lit-html/lit-html.js",
    "lit-html/": "lit-html/",
    "lit-element/": "lit-element/",
    "@lit/reactive-element": "@lit/reactive-element/reactive-element.js",
    "@lit/reactive-element/": "@lit/reactive-element/",
    "@lit/context": "@lit/context/index.js",
    "discord": "@skyra/discord-components-core/dist/index.js",
}
# The families are those that the pages ask for first; Chinese is also one of its own, as nothing slants it in the other.
_CHINESE = "@fontsource-variable/noto-sans-sc/index.css"
_NOTO = ("@fontsource-variable/noto-sans/index.css", "@fontsource-variable/noto-sans/wght-italic.css")
_ROBOTO = ("@fontsource-variable/roboto/index.css", "@fontsource-variable/roboto/wght-italic.css")
_FONTS = {
    "telegram": ((_CHINESE, "Chinese"), *((font, "Roboto") for font in _ROBOTO)),
    "discord": (
        (_CHINESE, "Chinese"),
        (_CHINESE, "Noto Sans"),
        *((font, "Noto Sans") for font in _NOTO),
    ),
}
# As one file, with the characters that are pictures named here: cut into files, this font stays blank.
_EMOJI = (
    "src: url(/node_modules/@fontsource/noto-color-emoji/files/noto-color-emoji-emoji-400-normal.woff2); "
    "unicode-range: U+200D, U+2600-27BF, U+2B00-2BFF, U+FE0F, U+1F000-1FAFF; font-weight: 100 900;"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Take every picture, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.shots", description=__doc__)
    parser.add_argument("names", nargs="*", help="of pictures, such as telegram-card; all without")
    parser.add_argument("--to", type=Path, default=PICTURES, help="the folder that they go to")
    options = parser.parse_args(argv)
    if absent := list(missing()):
        sys.stderr.write("".join(f"Missing: {one}\n" for one in absent))
        return 1
    with tempfile.TemporaryDirectory(prefix="shots-") as name:
        directory = Path(name)
        (directory / "data").mkdir()
        shots = taken(directory / "data", options.names)
        pages = directory / "pages"
        pages.mkdir()
        for shot in shots:
            (pages / f"{shot.name}.html").write_text(document(shot))
        browser = next(filter(None, map(shutil.which, _CHROMIUM)))
        subprocess.run(["node", str(HERE / "photograph.mjs"), str(pages), str(browser)], check=True)
        options.to.mkdir(parents=True, exist_ok=True)
        for shot in shots:
            data = small((pages / f"{shot.name}.png").read_bytes())
            (options.to / f"{shot.name}.png").write_bytes(data)
            sys.stdout.write(f"{options.to / shot.name}.png {len(data) // 1000} kB\n")
    return 0


def missing() -> Sequence[str]:
    """Return what this machine lacks to take pictures, and where it comes from."""
    found = []
    if not shutil.which("node"):
        found.append("node (20.11 or newer; apt install nodejs npm)")
    if not any(map(shutil.which, _CHROMIUM)):
        found.append("Chromium (apt install chromium)")
    if not preload():
        found.append("faketime, so that the pictures have the same date each time (apt install faketime)")
    if not (HERE / "node_modules").is_dir():
        found.append("what package.json names (npm ci --prefix tests/shots)")
    return found


def document(shot: Shot) -> str:
    """Return the whole page of a picture. Raises `Unknown` for what cannot be drawn."""
    match shot.platform:
        case "telegram":
            body, module = telegram.page(shot), ""
        case "discord":
            body, module = discord.page(shot), '<script type="module">import "discord";</script>'
    maps = ", ".join(f'"{name}": "/node_modules/{path}"' for name, path in _MODULES.items())
    fonts = _FONTS[shot.platform]
    styles = [f"/node_modules/{font}?as={family}" for font, family in fonts] + [f"/{shot.platform}.css"]
    links = "".join(f'<link rel="stylesheet" href="{style}">' for style in styles)
    emoji = f"<style>@font-face {{ font-family: '{fonts[-1][1]}'; {_EMOJI} }}</style>"
    return (
        f'<!DOCTYPE html><meta charset="utf-8"><script type="importmap">{{"imports": {{{maps}}}}}</script>'
        f'{emoji}{links}<body style="margin: 0">{body}{module}</body>'
    )


def small(data: bytes) -> bytes:
    """Return a picture of few enough colours to be small, yet enough to look the same, or else of all of them.

    Raises `ValueError` for one that stays larger than a document should carry.
    """
    with Image.open(io.BytesIO(data)) as picture:
        whole = picture.convert("RGB")
    for colours, method in _PALETTES:
        few = whole.quantize(colours, method, dither=Image.Dither.NONE)
        apart = ImageStat.Stat(ImageChops.difference(whole, few.convert("RGB"))).rms
        if max(apart) <= _ALIKE and len(made := _png(few)) <= LARGEST:
            return made
    if len(made := _png(whole)) <= LARGEST:
        return made
    raise ValueError(f"{len(made)} bytes")


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main())
