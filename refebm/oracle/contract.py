"""The contract: the functions an implementation may offer, by name, arguments and result, each with its equation.

Arrays go in and one array comes out. Rows are observations; every logarithm is natural; beta is finite and above 0. A new
function is a row in one of the files of `rows`, and a call in `reference`; a new subject is a file and its name here.
"""

from __future__ import annotations

from .row import Function
from .rows import (
    auto_encoder,
    ellipse,
    ellipse_free,
    gibbs,
    information,
    langevin,
    losses,
    networks,
    soft,
    soft_weights,
    variational,
)

SUBJECTS = (
    *(soft, soft_weights, ellipse, ellipse_free, networks, losses),
    *(gibbs, information, variational, auto_encoder, langevin),
)
CONTRACT: dict[str, Function] = {name: row for subject in SUBJECTS for name, row in subject.ROWS.items()}
