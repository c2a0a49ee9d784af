"""The contract: the functions an implementation may offer, by name, arguments and result, each with its equation.

Arrays go in and one array comes out. Rows are observations; every logarithm is natural; beta is finite and above 0. What the
functions are stands in `rows`, a file a subject.
"""

from __future__ import annotations

from .row import Function
from .rows import SUBJECTS

CONTRACT: dict[str, Function] = {name: row for subject in SUBJECTS for name, row in subject.ROWS.items()}
