"""The rows of the contract, a file a subject: for each function its shapes, inputs, truth by two routes, and bugs.

A new function is a row in one of these files; a new subject is a file and its name in this list.
"""

from . import (
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
    soft,
    soft_weights,
    ellipse,
    ellipse_free,
    networks,
    losses,
    gibbs,
    information,
    variational,
    auto_encoder,
    langevin,
)
