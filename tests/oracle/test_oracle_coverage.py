"""The vectors' inputs leave no regime out, beyond the bins of the domains: places, units, kinks, generators."""

import numpy as np
import pytest

from refebm.oracle import check, reference
from refebm.oracle.contract import CONTRACT, cases

INPUTS = {function: [arguments for _, arguments in cases(function)] for function in CONTRACT}
ELLIPSE = [name for name in CONTRACT if name.startswith("ellipse")]


def sizes(function):
    """Each vector's sizes: the letters in the shapes of the contract to numbers."""
    for arguments in INPUTS[function]:
        found = {}
        for name, shape in CONTRACT[function].arguments.items():
            letters = [v for v in shape.strip("()").replace(",", " ").split() if v.isalpha()]
            lengths = [
                n
                for n, v in zip(np.shape(arguments[name]), shape.strip("()").split(","), strict=False)
                if v.strip().isalpha()
            ]
            found |= dict(zip(letters, lengths, strict=True))
        yield found


def having(argument):
    return [name for name, row in CONTRACT.items() if argument in row.arguments]


GAPS = {
    "softplus": lambda a: a["u"],
    "log_loss": lambda a: a["F"] - a["F_hat"],
    "log_loss_slope": lambda a: a["F"] - a["F_hat"],
}


@pytest.mark.parametrize("function", GAPS)
def test_a_u_in_every_unit_and_beyond_what_exp_holds(function):
    u = np.concatenate([np.ravel(GAPS[function](a)) for a in INPUTS[function]])
    for n in range(-40, 40):
        assert ((n < u) & (u < n + 1)).any(), n
    for edge in (
        16.64,
        36.74,
        88.72,
        103.97,
        709.78,
        745.13,
    ):  # of 1 + exp(-u), exp and its subnormals, in both precisions
        for sign in (-1, 1):
            assert ((edge - 2 < sign * u) & (sign * u < edge)).any()
            assert ((edge < sign * u) & (sign * u < edge + 2)).any()
    assert (u == 0).any()
    assert ((u != 0) & (np.abs(u) < 1e-16)).any()


ENERGIES = {"E": 1, "s": -1, "F": 1}  # in their sign
ROWS = {
    f: n
    for f in having("beta")
    for n, shape in CONTRACT[f].arguments.items()
    if n in ENERGIES and shape in ("(n, k)", "(m,)")
}


@pytest.mark.parametrize("function", ROWS)
def test_the_least_energy_is_first_last_and_between(function):
    """Also in rows that are too wide for exp, where a shift by another entry overflows."""
    places, wide = set(), set()
    for arguments in INPUTS[function]:
        for row in ENERGIES[ROWS[function]] * np.atleast_2d(arguments[ROWS[function]]):
            if not (0 < arguments["beta"] < np.inf and np.isfinite(row).any()):
                continue
            place = "first" if row.argmin() == 0 else "last" if row.argmin() == len(row) - 1 else "between"
            places.add(place)
            if arguments["beta"] * (row[0] - row.min()) > 745:
                wide.add(place)
    assert places == {"first", "last", "between"}
    assert wide == {"last", "between"}


def test_numbers_of_data():
    assert {s["n"] for s in sizes("nll")} >= {1, 2, 3, 4, 5, 8}
    assert {s["n"] for s in sizes("nll_slope")} >= {1, 2, 3, 4, 5, 8}


@pytest.mark.parametrize("function", ELLIPSE)
def test_the_plane_is_covered(function):
    inputs = INPUTS[function]
    assert any(a["w"][0] == a["w"][1] for a in inputs)
    if "z" in CONTRACT[function].arguments:
        z = np.concatenate([np.ravel(a["z"]) for a in inputs])
        assert ((-6 < z) & (z < 0)).any()
        assert (z < -1e3).any()
        assert (z > 1e4).any()
        assert (z == 0).any()
    if "y" in CONTRACT[function].arguments:
        angles = np.linspace(0, 2 * np.pi, 100_000)
        distances = [
            np.hypot(*(a["w"] * np.stack([np.cos(angles), np.sin(angles)], 1) - y).T).min()
            for a in inputs
            for y in a["y"]
        ]
        assert min(distances) < 1e-4  # the grid's rounding
        assert max(distances) > 30
        assert {tuple(np.sign(y)) for a in inputs for y in a["y"]} >= {(1, 1), (1, -1), (-1, 1), (-1, -1)}


@pytest.mark.parametrize("function", ["mlp", "mlp_slope_x", "mlp_slope_W1", "mlp_slope_b2"])
def test_units_are_all_off_and_far_on(function):
    first = [a["x"] @ a["W1"].T + a["b1"] for a in INPUTS[function]]
    assert any((v < 0).all() for v in first)
    assert max(v.max() for v in first) > 1e4
    assert any((v == 0).any() for v in first)


@pytest.mark.parametrize("function", CONTRACT)
def test_a_case_draws_by_its_own_name(function):
    """With other numbers in all the others it is the same."""
    regimes = CONTRACT[function].regimes
    for why, arguments in regimes(named):
        others = dict(regimes(lambda name, why=why: named(name if name.startswith(why) else name + "!")))
        assert all(np.array_equal(v, others[why][name]) for name, v in arguments.items()), why


@pytest.mark.parametrize("function", [f for f, row in CONTRACT.items() if set(row.result) & set("nkmdabpl")])
def test_an_axis_of_length_1_that_is_squeezed_away_is_wrong(function):
    code = getattr(reference, function)
    found = check({function: lambda *a: np.squeeze(code(*a))}).verdicts[0]
    assert found.verdict == "WRONG"
    assert "was expected" in found.message


def named(name):
    return np.random.default_rng(list(name.encode()))
