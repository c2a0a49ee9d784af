"""Diagnosis of mistakes that are not in the catalogue: what is said is so, and nothing else is said."""

import json

import numpy as np
import pytest
from scipy.special import expit, logsumexp
from scipy.special import softmax as soft

from refebm.oracle import check, reference
from refebm.oracle.contract import CONTRACT, SUBJECTS
from refebm.oracle.diagnosis.changes import changes, fill, plain
from refebm.oracle.diagnosis.diagnose import as_written, formulas
from refebm.oracle.diagnosis.formula import sizes
from refebm.oracle.diagnosis.guesses import PAIRS
from refebm.oracle.diagnosis.onset import between
from refebm.oracle.judge import alike, vectors
from refebm.oracle.report import as_json, lines

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def verdict(function, code):
    return check({function: code}).verdicts[0]


def said(function, code):
    return verdict(function, code).diagnosis


# --- formulas


def values(formula, function, vector):
    arguments = {name: v if v.ndim else float(v) for name, v in vector["arguments"].items()}
    with np.errstate(all="ignore"):
        return formula.values(arguments | sizes(CONTRACT[function].arguments, arguments))


@pytest.mark.parametrize("function", CONTRACT)
def test_each_row_has_its_formula_and_it_is_right(function):
    """As a lecture writes it: limits and cancellation are left out, 0 times infinity too; most vectors are neither."""
    assert formulas(function)
    for formula in formulas(function):
        right = [
            alike(np.asarray(values(formula, function, v)[-1], float), v["float64"], v["scale"], "float64")
            for v in vectors(function)
        ]
        assert sum(right) >= 0.4 * len(right)


def test_formulas_belong_to_rows():
    for subject in SUBJECTS.values():
        assert set(subject.FORMULAS) == set(subject.ROWS)


@pytest.mark.parametrize("function", ["softmin", "vae_loss", "gmm_em_mu", "rbm_nll_slope_W"])
def test_a_changed_node_moves_what_is_made_of_it_alone(function):
    """The same as all nodes computed anew."""
    (formula,) = formulas(function)
    before = values(formula, function, vectors(function)[0])
    for at, node in enumerate(formula.nodes):
        if isinstance(before[at], list | int):  # a size
            continue
        after = formula.changed(before, at, before[at] * 1.5)
        assert np.array_equal(after[at], before[at] * 1.5)
        for i, other in enumerate(formula.nodes):
            if i != at and other.children:
                again = other.code(*(after[c] for c in other.children))
                assert np.array_equal(np.asarray(again), np.asarray(after[i])), (node.text, other.text)


def test_texts_are_put_in_brackets_where_they_need_them():
    assert plain("beta") == "beta"
    assert plain("np.log(k)") == "np.log(k)"
    assert plain("(a) + (b)") == "((a) + (b))"
    assert fill("{} / 2", "a + b") == "(a + b) / 2"
    assert fill("np.log({})", "a + b") == "np.log(a + b)"
    assert fill("{1} - {0}", "a", "b + c") == "(b + c) - a"
    assert fill("{}", "a + b") == "a + b"


@pytest.mark.parametrize("function", ["softmin", "ellipse_slope_w"])
def test_changes_are_tried_in_the_order_of_their_costs(function):
    costs = [change.cost for change in changes(formulas(function)[0], ("beta", "k"))]
    assert costs == sorted(costs)
    assert len(costs) > 1000


# --- what is said of mistakes that no catalogue has

CHANGED = [
    ("softmin", lambda E, b: -(logsumexp(-b * E, axis=1) - np.log(E.shape[1])) / np.sqrt(b), "np.sqrt(beta)"),
    ("softmin", lambda E, b: -(logsumexp(-b * E / 2, axis=1) - np.log(E.shape[1])) / b, "/ 2"),
    ("softmin", lambda E, b: -(logsumexp(-b * E, axis=1) - np.log(E.size)) / b, "k"),
    ("softargmin", lambda E, b: soft(-b * E, axis=1).cumsum(axis=1), "running sum"),
    ("softargmin", lambda E, b: soft(-b * E, axis=1)[:, ::-1], "reversed along axis 1"),
    ("softargmin", lambda E, b: expit(-b * E), "sigmoid(-beta * E)"),
    ("kl", lambda q, p: (q * np.log(np.where(q > 0, q / p, 1))).max(axis=1), "max(axis=1)"),
    ("entropy", lambda q: -(q * q * np.log(np.where(q > 0, q, 1))).sum(axis=1), "q"),
    ("ellipse_decoder", lambda z, w: w * np.stack([np.cos(2 * z), np.sin(2 * z)], 1), "2 * z"),
    ("ellipse_decoder", lambda z, w: w * np.stack([np.cos(z / np.pi), np.sin(z / np.pi)], 1), "z / np.pi"),
    ("gaussian_kl", lambda m, s, r: np.log(r / s) + (m * m + s * s) / (2 * r) - 0.5, "`r` in place of `r ** 2`"),
    ("langevin_step", lambda y, s, a, x: y + a * a * s + np.sqrt(2 * a) * x, "alpha**2"),
    ("hinge_loss", lambda F, H, m: np.maximum(m - (H - F) / 2, 0), "(F_hat - F) / 2"),
    ("hinge_loss", lambda F, H, m: np.maximum(m - np.abs(H - F), 0), "np.abs(F_hat - F)"),
    ("mlp", lambda x, W1, b1, W2, b2, W3, b3: np.tanh(np.maximum(x @ W1.T + b1, 0) @ W2.T + b2) @ W3.T + b3, "np.tanh"),
    ("rbm_energy", lambda v, h, W, b, c: -(h * (v @ W.T)).sum(axis=1) - v @ b - 2 * h @ c, "2 * c"),
    ("nll", lambda D, F, b, dy: np.median(D) + logsumexp(-b * F, b=dy) / b, "median"),
    ("kmeans_free_energy", lambda y, M: np.median(((y[:, None] - M) ** 2).sum(axis=2), axis=1), "median"),
    (
        "ellipse_energy",
        lambda y, z, w: (((y[:, None] - w * np.stack([np.cos(z), np.sin(z)], 1)) ** 2).sum(axis=2)) ** 2,
        "(((y[:, None] - g) ** 2).sum(axis=2))**2",
    ),
    (
        "gmm_responsibilities",
        lambda *a: reference.gmm_responsibilities(a[0], a[1][::-1], *a[2:]),
        "reversed along axis 0",
    ),
]


@pytest.mark.parametrize(("function", "code", "what"), CHANGED)
def test_a_changed_operation_is_said(function, code, what):
    found = verdict(function, code)
    assert (found.verdict, found.match) == ("WRONG", "")
    assert what in found.diagnosis


STARTING = [
    ("softplus", lambda u: np.where(u > 12, 0.9 * u, np.logaddexp(0, u)), "right up to `u` = 12, wrong above"),
    ("softplus", lambda u: np.logaddexp(0, np.clip(u, -60, 60)), "np.clip(u, -60, 60)"),
    ("softplus", lambda u: np.logaddexp(0, np.minimum(u, 45)), "np.minimum(u, 45)"),
    (
        "softmin",
        lambda E, b: E.min(axis=1) if b > 100 else reference.softmin(E, b),
        "right up to `beta` = 100, wrong above",
    ),
    (
        "softmin",
        lambda E, b: 1.1 * E.mean(axis=1) if b < 0.003 else reference.softmin(E, b),
        "right down to `beta` = 0.003",
    ),
    ("langevin_step", lambda y, s, a, x: y + a * s + np.sqrt(2 * a) * np.clip(x, -2.5, 2.5), "np.clip(xi, -2.5, 2.5)"),
]


@pytest.mark.parametrize(("function", "code", "what"), STARTING)
def test_where_errors_start_is_said(function, code, what):
    assert what in said(function, code)


def test_nothing_is_said_that_fresh_inputs_refute():
    """Of two functions that are alike at all vectors, one has the mistake that they show."""
    known = [np.sort(v["arguments"]["y"].ravel()) for v in vectors("ellipse_slope_y")]

    def over(extra):
        def code(y, z, w, b):
            seen = any(np.array_equal(np.sort(y.ravel()), v) for v in known)
            return reference.ellipse_slope_y(y, z, w, b) / (len(y) + 1 + (0 if seen else extra))

        return code

    assert said("ellipse_slope_y", over(0.0))
    assert said("ellipse_slope_y", over(0.5)) == ""


def test_what_fresh_inputs_alone_show_is_diagnosed_too():
    """It passes the vectors, none of which has 20 rows: of these the answer is off."""

    def softmin(E, beta):
        return reference.softmin(E, beta) * (1.5 if len(E) > 20 else 1)

    assert check({"softmin": softmin}).verdicts[0].verdict == "PASS"
    found = check({"softmin": softmin}, fuzz=200).verdicts[0]
    assert found.verdict == "WRONG"
    assert "NaN" not in found.diagnosis


def test_chance_is_not_explained():
    rng = np.random.default_rng(0)
    assert said("kl", lambda q, p: rng.normal(size=len(q))) == ""


def test_what_is_right_or_known_is_not_diagnosed():
    for run in (check(reference, ["softmin", "kl"]), check({"softmin": lambda E, b: -logsumexp(-b * E, axis=1) / b})):
        assert all(not v.diagnosis for v in run.verdicts)


def test_it_is_the_same_again():
    code = CHANGED[0][1]
    assert said("softmin", code) == said("softmin", code)
    assert PAIRS == int(PAIRS)  # a number of tries, and no time, ends the search


def test_the_report_has_it():
    run = check({"softmin": CHANGED[0][1]})
    text = "\n".join(lines(run))
    assert f"as it seems: {run.verdicts[0].diagnosis}" in text
    assert as_written("softmin")[0] in text
    assert json.loads(as_json(run))["verdicts"][0]["diagnosis"] == run.verdicts[0].diagnosis


def test_numbers_are_the_roundest_in_between():
    assert between(19.9999, 20.0001) == 20
    assert between(0.00999999, 0.01) == 0.01
    assert between(-3.0000001, -2.99999) == -3
    assert between(4, 7) is None
