"""What a run of laws finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

HOLDS, BROKEN, UNTESTED = "HOLDS", "BROKEN", "NOT TESTED"


@dataclass
class Finding:
    """What became of a law: at how many inputs it was asked, and where it is broken the smallest one found and both sides."""

    equation: str
    name: str
    what: str
    verdict: str
    asked: int = 0
    message: str = ""
    input: dict[str, Any] = field(default_factory=dict)
    left: float = 0.0
    right: float = 0.0
    slack: float = 0.0


@dataclass
class LawRun:
    """All findings, and why a run broke off."""

    findings: list[Finding]
    seed: int
    inputs: int
    made: dict[str, str] = field(default_factory=dict)  # slopes by GRADIENT, and of what
    failure: str = ""

    @property
    def code(self) -> int:
        """0 no law is broken; 1 one is; 3 the module failed; 4 no law could be tested."""
        if self.failure:
            return 3
        if any(f.verdict == BROKEN for f in self.findings):
            return 1
        return 0 if any(f.verdict == HOLDS and f.equation for f in self.findings) else 4
