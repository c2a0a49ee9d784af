"""A random walk whose moves are tested by Metropolis's ratio  (W12)."""

from __future__ import annotations

from ...sampling.metropolis import sample as own_sample
from ..chance.draws import Draws
from ..chance.ways import CHAIN, Proposing
from .chains import own_chain
from .chains_mala import all_ways, changed, mistakes, questions

# --- the row

WALK = Proposing(drift=0.0)
DRAWS = {
    "walk_chain": Draws(
        "W12", "the rows after `steps` moves y + sqrt(2 alpha) xi, tested", CHAIN, "(n, d)",
        questions=questions(0.625), law=WALK.law,
        bugs=[
            *mistakes(WALK),
            changed(WALK)("score", "The score is in the move, and not in the ratio.", "y + sqrt(2 alpha) xi (W12).", drift=1.0, ratio=lambda p, q, beta: p),
            changed(WALK)("mala", "The score is in the move and in the ratio: Langevin's moves.", "y + sqrt(2 alpha) xi (W12).", drift=1.0),
        ],
    ),
}  # fmt: skip

# --- right ways

RIGHT = {"walk_chain": all_ways(0.0)}

# --- refebm's own

PACKAGE = {"walk_chain": own_chain(own_sample, "walk")}
