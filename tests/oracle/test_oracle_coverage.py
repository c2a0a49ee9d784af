"""The vectors' inputs leave no regime out: laws over all of them, function by function."""

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


@pytest.mark.parametrize("function", CONTRACT)
def test_sizes_are_the_same_and_differ_and_are_one(function):
    """All different, all the same and above 1, all 1; and each of them at least three numbers."""
    found = list(sizes(function))
    if not found[0]:
        return  # box_information has numbers only
    assert any(len(set(s.values())) == len(s) for s in found)
    assert any(len(set(s.values())) == 1 and min(s.values()) > 1 for s in found)
    assert any(set(s.values()) == {1} for s in found) or (function in having("q") and any(s["n"] == 1 for s in found))
    for letter in found[0]:
        assert len({s[letter] for s in found}) >= 3, letter


@pytest.mark.parametrize("function", having("beta"))
def test_betas_leave_no_four_decades_out(function):
    decades = sorted(np.log10([beta for a in INPUTS[function] if 0 < (beta := a["beta"]) < np.inf]))
    assert np.diff([-12.5, *decades, 6.5]).max() <= 4.5


def test_betas_of_every_decade():
    for decade in range(-12, 6):
        within = {f for f in having("beta") for a in INPUTS[f] if 10.0**decade <= a["beta"] < 10.0 ** (decade + 1)}
        assert len(within) >= 4, decade


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


@pytest.mark.parametrize("function", [f for f in having("q") if CONTRACT[f].arguments["q"] == "(n, k)"])
def test_probabilities_are_zero_and_tiny(function):
    for name in ("q", "p"):
        if name in CONTRACT[function].arguments:
            p = np.concatenate([np.ravel(a[name]) for a in INPUTS[function]])
            assert ((0 < p) & (p < 1e-7)).any()
            assert (p == 0).any() == (name == "q" or name in CONTRACT[function].limits)
    assert any((np.max(a["q"], axis=1) == 1).any() for a in INPUTS[function])


def test_noise_steps_and_deviations_of_every_size():
    assert max(np.abs(a["xi"]).max() for a in INPUTS["langevin_step"]) > 1e4
    assert {round(np.log10(a["alpha"])) for a in INPUTS["langevin_step"]} >= {-10, -4, 0, 1, 4}
    assert max(np.abs(a["s"]).max() for a in INPUTS["langevin_step"]) > 30
    for function in ("vae_loss", "vae_slope_s"):
        assert max(np.abs(a["eps"]).max() for a in INPUTS[function]) > 1e3
        s = np.concatenate([a["s"].ravel() for a in INPUTS[function]])
        assert s.min() < 1e-2
        assert s.max() > 5
    s = np.concatenate([a["s"] for a in INPUTS["gaussian_kl"]])
    assert {round(v) for v in np.log10(s)} >= set(range(-9, 5))
    assert {round(np.log10(a["r"])) for a in INPUTS["gaussian_kl"]} >= {-3, 0, 4}
    assert {a["d"] for a in INPUTS["box_information"]} >= {1, 784}
    assert any(a["d"] * np.log(a["r"] / a["s"]) > 710 for a in INPUTS["box_information"])
    margins = [a["margin"] for a in INPUTS["hinge_loss"]]
    assert min(margins) < 1e-3
    assert max(margins) > 1e3


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
