"""Which licences permit a figure to be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.papers.licence import Licence
from tests.fakes.corpus import NONEXCLUSIVE

CC = "creativecommons.org"


@pytest.mark.parametrize(
    ("url", "name", "linked"),
    [
        (f"http://{CC}/licenses/by/4.0/", "CC BY 4.0", f"https://{CC}/licenses/by/4.0/"),
        (f"https://{CC}/licenses/by/4.0", "CC BY 4.0", f"https://{CC}/licenses/by/4.0/"),
        (f"HTTPS://{CC.upper()}/Licenses/BY/4.0/", "CC BY 4.0", f"https://{CC}/licenses/by/4.0/"),
        (f"http://www.{CC}/licenses/by//4.0/", "CC BY 4.0", f"https://{CC}/licenses/by/4.0/"),
        (f"http://{CC}/licenses/by/3.0/", "CC BY 3.0", f"https://{CC}/licenses/by/3.0/"),
        (f"http://{CC}/licenses/by/3.0/us/", "CC BY 3.0 US", f"https://{CC}/licenses/by/3.0/us/"),
        (f"https://{CC}/licenses/by/4.0/deed.en", "CC BY 4.0", f"https://{CC}/licenses/by/4.0/"),
        (f"https://{CC}/licenses/by/4.0/legalcode", "CC BY 4.0", f"https://{CC}/licenses/by/4.0/"),
        (f"http://{CC}/licenses/by-sa/4.0/", "CC BY-SA 4.0", f"https://{CC}/licenses/by-sa/4.0/"),
        (f"http://{CC}/licenses/by-nc/2.5/", "CC BY-NC 2.5", f"https://{CC}/licenses/by-nc/2.5/"),
        (f"http://{CC}/licenses/by-nc-sa/3.0/", "CC BY-NC-SA 3.0", f"https://{CC}/licenses/by-nc-sa/3.0/"),
        (f" http://{CC}/publicdomain/zero/1.0/\n", "CC0 1.0", f"https://{CC}/publicdomain/zero/1.0/"),
        (f"http://{CC}/publicdomain/mark/1.0/", "Public Domain", f"https://{CC}/publicdomain/mark/1.0/"),
        (f"http://{CC}/licenses/publicdomain/", "Public Domain", f"https://{CC}/licenses/publicdomain/"),
    ],
)
def test_a_licence_that_permits_it(url: str, name: str, linked: str) -> None:
    assert Licence.of(url) == Licence(name, linked, may_show=True)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"http://{CC}/licenses/by-nd/4.0/", "CC BY-ND 4.0"),
        (f"http://{CC}/licenses/by-nc-nd/4.0/", "CC BY-NC-ND 4.0"),
        (f"http://{CC}/licenses/by-nd-nc/1.0/", "CC BY-ND-NC 1.0"),
        (f"http://{CC}/licenses/nc-sa/1.0/", "CC NC-SA 1.0"),  # without BY: none that we know
        (NONEXCLUSIVE, "arXiv non-exclusive licence to distribute"),
        ("https://arxiv.org/licenses/nonexclusive-distrib/1.0", "arXiv non-exclusive licence to distribute"),
        ("http://arxiv.org/licenses/assumed-1991-2003/", "arXiv licence assumed for 1991 to 2003"),
    ],
)
def test_a_licence_that_does_not(url: str, name: str) -> None:
    licence = Licence.of(url)
    assert (licence.name, licence.may_show) == (name, False)
    assert Licence.of(licence.url) == licence


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "CC BY 4.0",
        "creativecommons.org/licenses/by/4.0/",
        f"http://{CC}/licenses/",
        f"http://{CC}/licenses/by/",
        f"http://{CC}/licenses/by/4.0/and/more/",
        f"http://{CC}/licenses/by-xx/4.0/",
        f"http://{CC}.example.org/licenses/by/4.0/",
        f"http://{CC}@example.org/licenses/by/4.0/",
        f"http://example.org/{CC}/licenses/by/4.0/",
        f"ftp://{CC}/licenses/by/4.0/",
        f"javascript://{CC}/licenses/by/4.0/",
        "http://arxiv.org/licenses/by/4.0/",
        "http://[creativecommons.org/licenses/by/4.0/",
    ],
)
def test_an_address_that_is_no_licence(url: str | None) -> None:
    assert Licence.of(url) == Licence("", "", may_show=False)


@given(st.text())
def test_any_text_is_taken(url: str) -> None:
    assert not Licence.of(url).may_show
    assert not Licence.of(f"http://{CC}/licenses/{url}").may_show or url.lower().startswith(
        ("by", "publicdomain")
    )
