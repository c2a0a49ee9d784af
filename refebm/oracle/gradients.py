"""Slopes that an adapter does not offer, made by its own ``GRADIENT`` of functions that it does.

``GRADIENT(f)`` is the derivative of a number f in its one argument, an array: torch.func.grad, jax.grad, or one of your own. Which
function a slope is the derivative of, in which argument, summed how, its row of the contract says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .contract import CONTRACT
from .row import Code, Slope

NO_NUMBER = (
    "right, but its derivative is NaN or infinite: a where() differentiates the branch that it does not take too, and 0 times "
    "infinity is NaN. Give that branch a harmless argument, where(ok, u, 0), and sqrt, log and norms none that is 0."
)
HIDDEN = (
    "right, but its derivative is not: something in it is hidden from the derivative (detach, stop_gradient, a number taken out "
    "and put back), or has another one at a kink or a tie (clip, max(0, x) at 0, min)."
)


def made(names: Mapping[str, Any], conventions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The slopes that GRADIENT can make, each with the functions that it is made of.

    A slope that is offered is used as it is. None is made of a function by a convention that the slope has not.
    """

    def usable(name: str, slope: Slope) -> bool:
        said = {conventions[f] for f in slope.of if f in conventions}
        return all(callable(names.get(f)) for f in slope.of) and said <= set(CONTRACT[name].conventions)

    rows = CONTRACT.items() if names.get("GRADIENT") is not None else ()
    return {name: r.slope.of for name, r in rows if name not in names and r.slope and usable(name, r.slope)}


def inherited(made: Mapping[str, tuple[str, ...]], conventions: Mapping[str, str]) -> dict[str, str]:
    """Conventions, those of what slopes are made of being theirs too."""
    return {name: conventions[f] for name, of in made.items() for f in of if f in conventions} | dict(conventions)


def by_gradient(name: str, names: Mapping[str, Any]) -> Code:
    """A slope of the contract as a function of its arguments."""
    row = CONTRACT[name]
    slope = row.slope
    assert slope is not None
    place = None if slope.start else list(row.arguments).index(slope.by)

    def derivative(*arguments: Any) -> Any:
        functions = [names[f] for f in slope.of]

        def scalar(x: Any) -> Any:
            if place is None:
                return slope.scalar(*functions, x, *arguments)
            return slope.scalar(*functions, *arguments[:place], x, *arguments[place + 1 :])

        return names["GRADIENT"](scalar)(slope.start(*arguments) if slope.start else arguments[place or 0])

    return derivative


def hint(of: tuple[str, ...], message: str) -> str:
    """What a wrong slope says of functions whose values are right."""
    return f"{' and '.join(of)} is {NO_NUMBER if message.startswith('NaN or infinite') else HIDDEN}"
