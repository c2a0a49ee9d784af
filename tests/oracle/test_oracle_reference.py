"""What the oracle judges as refebm's own is refebm's own: a public function that is off by a millionth is noticed."""

import inspect
import sys
from types import FunctionType

import pytest
from scipy.optimize import OptimizeResult

import refebm
from refebm.energies.energy import Energy
from refebm.oracle import check, reference
from refebm.oracle.contract import CONTRACT, SUBJECTS
from refebm.oracle.judge import vectors


def named(table):
    """A table of names that the last sections of the rows may hold."""
    return {name: names for subject in SUBJECTS.values() for name, names in getattr(subject, table, {}).items()}


RESTS_ON, NO_PART_OF = named("RESTS_ON"), named("NO_PART")
# They run for many rows, and give what is no number.
MAKERS = {"decoded", "marginal", "mlp", "network_decoder"}


def modules():
    return [m for name, m in list(sys.modules.items()) if name.split(".")[0] == "refebm"]


def rests_on(row):
    own = [row] if row in refebm.__all__ and row not in MAKERS else []
    return own + RESTS_ON.get(row, [])


def off(value, by):
    """Every number of a result, by a factor."""
    if isinstance(value, OptimizeResult):
        return OptimizeResult(value, fun=value.fun * by)
    if isinstance(value, (tuple, list)):
        return type(value)(off(v, by) for v in value)
    return value * by


def public_calls(row):
    """Names of the package's public functions that run for a row."""
    public = {name: inspect.unwrap(getattr(refebm, name)) for name in refebm.__all__ if callable(getattr(refebm, name))}
    codes = {getattr(function, "__code__", None): name for name, function in public.items()}
    seen = set()

    def look(frame, event, _):
        if event == "call" and frame.f_code in codes:
            seen.add(codes[frame.f_code])

    arguments = [v.copy() if v.ndim else float(v) for v in vectors(row)[0]["arguments"].values()]
    before = sys.getprofile()
    sys.setprofile(look)
    try:
        getattr(reference, row)(*arguments)
    finally:
        sys.setprofile(before)
    return seen


@pytest.mark.parametrize("row", CONTRACT)
def test_every_public_function_that_a_row_rests_on_is_tested(row, monkeypatch):
    names = rests_on(row)
    assert names
    assert public_calls(row) <= {*names, *MAKERS, *NO_PART_OF.get(row, ())}
    assert check(reference, [row]).code == 0
    for name in names:
        with monkeypatch.context() as patch:
            for holder in (Energy, *modules()):
                for alias, f in list(vars(holder).items()):
                    if (
                        isinstance(f, FunctionType)
                        and f.__name__ == name
                        and not f.__module__.startswith("refebm.oracle")
                    ):
                        patch.setattr(holder, alias, lambda *a, f=f, **k: off(f(*a, **k), 1 + 1e-6))
            assert check(reference, [row]).verdicts[0].verdict in ("INACCURATE", "WRONG"), name
