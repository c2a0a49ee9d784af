"""What JSON and XML can hold."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree


def plain(value: Any) -> Any:
    """What JSON can hold: infinities and NaN as strings."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return str(value) if isinstance(value, float) and not abs(value) < float("inf") else value


def written(suite: ElementTree.Element) -> str:
    """XML as text, without what XML can't hold."""
    text = ElementTree.tostring(suite, encoding="unicode") + "\n"
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
