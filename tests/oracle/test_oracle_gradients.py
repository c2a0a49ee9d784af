"""Slopes by an adapter's own GRADIENT: of what each is made, and what is said where differentiation goes wrong."""

import importlib.util
import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from refebm.__main__ import main
from refebm.oracle import check, reference
from refebm.oracle.contract import CONTRACT
from refebm.oracle.report import as_json, as_junit, lines
from refebm.oracle.row import Slope

MADE = {name: row.slope for name, row in CONTRACT.items() if row.slope}


def complex_step(f):
    """The derivative of a number f, exact to rounding: f(x + ih) = f(x) + ih f'(x) + O(h^2)."""

    def derivative(x):
        out = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            off = x.astype(complex)
            off[i] += 1e-30j
            out[i] = np.imag(f(off)) / 1e-30
        return out

    return derivative


def relu(v):
    return np.where(v.real > 0, v, 0)


def softplus(u):
    return np.where(u.real > 0, u, 0) + np.log(1 + np.exp(np.where(u.real > 0, -u, u)))


def nll(F_data, F, beta, dy):
    m = F.real.min()
    return F_data.mean() + np.log((np.exp(-beta * (F - m)) * dy).sum()) / beta - m


def mlp(x, W1, b1, W2, b2, W3, b3):
    return relu(relu(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3


def gmm(y, mu, S, pi):
    D = y[:, None] - mu
    away = np.einsum("nki,kij,nkj->nk", D, np.linalg.inv(S), D)
    f = np.log(pi) - (away + np.linalg.slogdet(2 * np.pi * S)[1]) / 2
    m = f.real.max(axis=1, keepdims=True)
    return -np.log(np.exp(f - m).sum(axis=1)) - m[:, 0]


ANALYTIC = {name: getattr(reference, name) for slope in MADE.values() for name in slope.of} | {
    "nll": nll,
    "mlp": mlp,
    "gmm_free_energy": gmm,
    "log_loss": lambda F, F_hat: softplus(F - F_hat),
    "hinge_loss": lambda F, F_hat, margin: relu(margin - (F_hat - F)),
    "GRADIENT": complex_step,
}


def judged(names, *select):
    run = check(names, select)
    return run, {v.function: v for v in run.verdicts}


def test_every_slope_of_the_contract_says_of_what():
    slopes = {name for name in CONTRACT if "slope" in name or name.startswith("softarg")}
    # a least that jumps, a rank, a limit, and a derivative of each in a number that all share
    slopes -= {"kmeans_slope_M", "pca_slope_W", "ellipse_slope_y_rows", "softargmin_limits", "gaussian_kl_slope_r"}
    assert set(MADE) >= slopes
    for name, slope in MADE.items():
        assert set(slope.of) <= set(CONTRACT), name
        assert (slope.by in CONTRACT[name].arguments) == (slope.start is None), name


@pytest.mark.parametrize("name", MADE)
def test_a_slope_is_made_of_right_functions_and_is_right(name):
    run, verdicts = judged({**{f: ANALYTIC[f] for f in MADE[name].of}, "GRADIENT": complex_step}, name)
    assert run.made == {name: MADE[name].of}
    # of small weights softmin's shift and log1p keep fewer digits than the weights' own formula
    assert verdicts[name].verdict in {"PASS"} | ({"INACCURATE"} if name.startswith("softarg") else set())
    assert f"(by GRADIENT of {' and '.join(MADE[name].of)})" in "\n".join(lines(run))


@pytest.mark.parametrize("name", MADE)
def test_a_slope_made_of_twice_the_function_is_wrong(name):
    doubled = {f: lambda *a, f=f: 2 * ANALYTIC[f](*a) for f in MADE[name].of}
    run, verdicts = judged({**doubled, "GRADIENT": complex_step})
    assert verdicts[name].verdict == "WRONG"
    assert not run.hint(verdicts[name])  # its functions are not right themselves


def test_without_a_gradient_or_a_function_none_is_made():
    assert check({"softmin": reference.softmin}).planned == ["softmin"]
    run = check({"rbm_log_partition": reference.rbm_log_partition, "GRADIENT": complex_step})
    assert run.planned == ["rbm_log_partition"]
    assert not run.made


def test_what_is_offered_is_used_as_it_is():
    run, verdicts = judged({**ANALYTIC, "softargmin": lambda E, beta: reference.softargmin(E, beta) / 2}, "softargmin")
    assert not run.made
    assert verdicts["softargmin"].verdict == "WRONG"


def test_a_convention_is_passed_on_or_nothing_is_made():
    def summed(y, *a):
        return len(y) * reference.vae_loss(y, *a)

    names = {"vae_loss": summed, "GRADIENT": complex_step, "CONVENTIONS": {"vae_loss": "sum"}}
    _, verdicts = judged(names)
    assert {name: v.verdict for name, v in verdicts.items()} == dict.fromkeys(
        ("vae_loss", "vae_slope_s", "vae_slope_m", "vae_slope_W"), "PASS"
    )
    # in nats it is not divided by beta, and the slope has no such convention
    assert check({"nll": nll, "GRADIENT": complex_step, "CONVENTIONS": {"nll": "nats"}}).planned == ["nll"]


# Right values, wrong derivatives, as frameworks give them: what differs between a value and its derivative is made by hand.


def where_both(u):
    """where(u > 0, u + ..., log(1 + exp u)): the second one's derivative is infinite over infinite where exp overflows."""
    return softplus(u) + (1j * u.imag * np.where(u.real > 709, np.nan, 0) if np.iscomplexobj(u) else 0)


def detached(E, beta):
    """The shift is no constant of the derivative's."""
    m = E.min(axis=1)
    x = np.expm1(-beta * (E - m[:, None])).mean(axis=1)
    return m.real - np.log1p(x) / beta


TRAPS = {
    "nan": ({"log_loss": lambda F, F_hat: where_both(F - F_hat)}, "log_loss_slope", "", "harmless argument"),
    "detached": ({"softmin": detached}, "softargmin", "", "hidden from the derivative"),
    "relu at 0": (
        {"mlp": lambda x, W1, b1, W2, b2, W3, b3: half(half(x @ W1.T + b1) @ W2.T + b2) @ W3.T + b3},
        "mlp_slope_x",
        "mlp_slope_x/relu-half-at-0",
        "max(0, x) at 0",
    ),
}


def half(v):
    """max(0, x) whose slope at 0 is 1/2, as jnp.maximum and torch.maximum have it."""
    return v * np.heaviside(v.real, 0.5)


@pytest.mark.parametrize("trap", TRAPS)
def test_a_right_function_with_a_wrong_derivative_is_told_so(trap):
    names, slope, match, words = TRAPS[trap]
    run, verdicts = judged({**names, "GRADIENT": complex_step})
    of = next(iter(names))
    assert verdicts[of].verdict in ("PASS", "INACCURATE")
    assert (verdicts[slope].verdict, verdicts[slope].match) == ("WRONG", match)
    said = "\n".join(lines(run))
    assert f"{of} is right, but its derivative is" in said
    assert words in said


def test_all_reports_and_the_process_of_its_own_say_it(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        "from refebm.oracle.reference import softmin\n"
        "def GRADIENT(f):\n    return lambda x: x\n",  # which is no derivative
        "utf-8",
    )
    files = [tmp_path / "report.json", tmp_path / "report.xml"]
    assert main(["check", str(tmp_path / "mine.py"), "--json", str(files[0]), "--junit", str(files[1])]) == 1
    assert "(by GRADIENT of softmin)" in capsys.readouterr().out
    assert json.loads(files[0].read_text("utf-8"))["made"] == {"softargmin": ["softmin"]}
    assert "by GRADIENT of softmin" in ElementTree.parse(files[1]).find(".//failure").attrib["message"]


def test_a_gradient_that_fails_is_an_error_and_one_that_is_none_is_refused(tmp_path, capsys):
    def gradient(f):
        raise RuntimeError("no tape")

    _, verdicts = judged({"softmin": reference.softmin, "GRADIENT": gradient})
    assert verdicts["softargmin"].verdict == "ERROR"
    assert verdicts["softargmin"].message == "softargmin raised RuntimeError: no tape"
    (tmp_path / "mine.py").write_text("from refebm.oracle.reference import softmin\nGRADIENT = 'jax'\n", "utf-8")
    assert main(["check", str(tmp_path / "mine.py")]) == 3
    assert "GRADIENT: expected a function of functions, got 'jax'" in capsys.readouterr().out


def test_reports_of_runs_without_it_are_as_they_were():
    run = check({"softmin": reference.softmin})
    assert "GRADIENT" not in "\n".join(lines(run)) + as_json(run) + as_junit(run)


TORCH = """
import torch
GRADIENT = torch.func.grad
def ARRAY(v): return torch.tensor(v, dtype=torch.float64)
def hinge_loss(F, F_hat, margin): return torch.relu(margin - (F_hat - F))
def rbm_free_energy(v, W, b, c): return -v @ b - torch.logaddexp(c + v @ W.T, torch.zeros(())).sum(1)
def mlp(x, W1, b1, W2, b2, W3, b3): return torch.relu(torch.{relu} @ W2.T + b2) @ W3.T + b3
"""
JAX = """
import jax, jax.numpy as jnp
jax.config.update("jax_enable_x64", True)
GRADIENT, ARRAY = jax.grad, jnp.asarray
def hinge_loss(F, F_hat, margin): return jax.nn.relu(margin - (F_hat - F))
def rbm_free_energy(v, W, b, c): return -v @ b - jnp.logaddexp(c + v @ W.T, 0).sum(1)
def mlp(x, W1, b1, W2, b2, W3, b3): return jax.nn.relu({relu} @ W2.T + b2) @ W3.T + b3
"""
FRAMEWORKS = {
    "torch": (TORCH, "relu(x @ W1.T + b1)", "maximum(x @ W1.T + b1, torch.zeros(()))"),
    "jax": (JAX, "jax.nn.relu(x @ W1.T + b1)", "jnp.maximum(x @ W1.T + b1, 0)"),
}


@pytest.mark.parametrize("kind", FRAMEWORKS)
def test_a_frameworks_own_differentiation(kind, tmp_path):
    if importlib.util.find_spec(kind) is None:
        pytest.skip(f"there is no {kind}")
    text, *relus = FRAMEWORKS[kind]
    wanted = ("hinge_loss_slope", "mlp_slope_W1", "mlp_slope_b2", "mlp_slope_x", "rbm_slope_W")
    said = []
    for relu in relus:
        (tmp_path / "mine.py").write_text(text.format(relu=relu), "utf-8")
        # in a process of its own: JAX's threads and later tests' forks do not go together
        command = [sys.executable, "-m", "refebm", "check", str(tmp_path / "mine.py"), "--select", ",".join(wanted)]
        said.append(subprocess.run(command, capture_output=True, text=True).stdout)
    found = [re.findall(r"^(\w+) +([A-Z]+) ", out, re.M) for out in said]
    assert sorted(found[0]) == [(name, "PASS") for name in wanted]
    assert ("mlp_slope_x", "WRONG") in found[1]
    assert "mlp_slope_x/relu-half-at-0 (by GRADIENT of mlp)" in said[1]


def test_a_slope_by_default_is_of_the_sum():
    assert Slope(("softmin",), "E").scalar(lambda v: v, np.array([1.0, 2.0])) == 3
