"""What the tests of editions share: no proxy of the developer's own."""

from __future__ import annotations

from tests.announcements.conftest import _no_proxy

__all__ = ["_no_proxy"]
