"""Laws in place of vectors: a right model breaks none, a wrong one the law that speaks of its mistake; and what is said of it."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from lawful_models import RIGHT, ellipse, gaussian, kmeans, softmin
from scipy.stats import norm
from wrong_models import ONCE, WRONG

from refebm.__main__ import main
from refebm.oracle import assert_lawful, check_laws
from refebm.oracle.laws.differences import along, gradient
from refebm.oracle.laws.findings import BROKEN, HOLDS, UNTESTED
from refebm.oracle.laws.laws import LAWS
from refebm.oracle.laws.report import lines
from refebm.oracle.laws.spaces import WHOLE, panels

U = 2.0**-53


def found(run):
    assert not run.failure
    return {f.name: f for f in run.findings}


def broken(run):
    return [name for name, f in found(run).items() if f.verdict == BROKEN]


# --- right and wrong


@pytest.mark.parametrize("model", RIGHT)
def test_a_right_model_breaks_no_law(model):
    run = check_laws(model(), inputs=8, seed=11)
    assert not broken(run), "\n".join(lines(run))
    assert run.code == 0


def test_every_law_is_tested_by_some_right_model():
    held = {name for model in RIGHT for name, f in found(check_laws(model(), inputs=3)).items() if f.verdict == HOLDS}
    assert {law.name for law in (*LAWS, *WHOLE)} <= held


@pytest.mark.long
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_model_breaks_the_law_that_speaks_of_it(name):
    base, function, code, law = WRONG[name]
    ONCE.clear()
    run = check_laws(base | {function: code}, inputs=6, seed=1)
    assert law in broken(run), "\n".join(lines(run))
    assert run.code == 1


def test_every_law_notices_some_wrong_model():
    caught = {law for *_, law in WRONG.values()}
    alike = {"rows of least_energy", "rows of posterior", "rows of score"}  # one law, as that of the other functions
    below = {"beta = 0", "beta = inf", "Jensen", "Gibbs is best"}
    assert {law.name for law in (*LAWS, *WHOLE)} - caught == alike | below
    limits = {
        "beta = inf": lambda y, beta: softmin(kmeans()["energy"](y, kmeans()["LATENTS"]), min(beta, 5.0)),
        "beta = 0": lambda y, beta: softmin(kmeans()["energy"](y, kmeans()["LATENTS"]), max(beta, 0.1)),
    }
    for law, code in limits.items():
        assert law in broken(check_laws(kmeans() | {"free_energy": code}, inputs=5))
    below = {"free_energy": lambda y, beta: kmeans()["free_energy"](y, beta) + 0.1}
    assert {"Jensen", "Gibbs is best"} <= set(broken(check_laws(kmeans() | below, inputs=15)))


# --- what is said


def said(name, law, **options):
    base, function, code, _ = WRONG[name]
    ONCE.clear()
    return found(check_laws(base | {function: code}, **options))[law]


@pytest.mark.parametrize(
    ("name", "law", "words"),
    [
        ("slope: halved", "slope in y", "left is 0.5 times right, everywhere"),
        ("slope: sign", "slope in y", "left is -1 times right, everywhere"),
        ("slope: times beta", "mean slope in y", "left is beta times right, everywhere"),
        ("slope: divided by the rows", "mean slope in y", "left is 1 / n times right, everywhere"),
        ("slope_w: summed", "slope in w", "left is n times right, everywhere"),
        ("score: without beta", "score and slope", "left is 1 / beta times right, everywhere"),
        (
            "free energy: no log N",
            "softmin",
            "left - right is -3.17805 / beta everywhere, which is -log 24; PRIOR = np.ones(k) if it sums over the latents (N3)",
        ),
        ("free energy: energies clipped", "softmin", ""),
        ("draws: twice as warm", "law of draws", ""),
    ],
)
def test_what_is_the_same_everywhere_is_said(name, law, words):
    assert said(name, law, inputs=25).message == words


def test_the_input_is_small_and_breaks_the_law_by_itself():
    finding = said("slope: halved", "slope in y", inputs=20, seed=3)
    y, beta, w = (np.array(finding.input[key]) for key in ("y", "beta", "w"))
    assert y.shape == (1, 2)
    np.testing.assert_array_equal(y, np.round(y, 1))
    assert beta == ellipse()["BETA"]
    slopes = ellipse()["slope_y"](y, w, float(beta))[0]
    assert finding.left == pytest.approx(slopes[np.argmin(np.abs(slopes - finding.right))] / 2, rel=1e-12)
    assert finding.right == pytest.approx(2 * finding.left, abs=finding.slack)
    assert finding.slack < 1e-6 * abs(finding.right)


def test_the_same_seed_gives_the_same_run_and_another_other_inputs():
    runs = [said("slope: halved", "slope in y", inputs=5, seed=seed) for seed in (7, 7, 8)]
    assert runs[0] == runs[1]
    assert runs[0].input != runs[2].input


def test_what_is_not_offered_is_not_tested_and_said():
    run = check_laws({"DIM": 2, "free_energy": lambda y: np.square(y).sum(axis=1)}, inputs=2)
    law = found(run)["softmin"]
    assert (law.verdict, law.message) == (UNTESTED, "for want of energy and LATENTS")
    assert found(check_laws(kmeans() | {"free_energy": lambda y: y[:, 0]}, inputs=2))["falling in beta"].message == (
        "as free_energy takes no beta"
    )
    run = check_laws({"DIM": 2}, inputs=2)
    assert all(f.verdict == UNTESTED for f in run.findings if f.equation)
    # a free energy that is NaN at beta = inf says nothing of its limit
    naive = {
        "free_energy": lambda y, beta: (
            -np.log(np.exp(-beta * kmeans()["energy"](y, kmeans()["LATENTS"])).mean(1)) / beta
        )
    }
    assert found(check_laws(kmeans() | naive, inputs=2))["beta = 0"].verdict == UNTESTED


def test_a_box_that_is_too_small_or_a_density_too_sharp_is_no_mistake():
    for box, words in ((((-1, 1), (-1, 1)), "BOX leaves out"), (((-3e4, 3e4), (-3e4, 3e4)), "two quadratures differ")):
        finding = found(check_laws(gaussian() | {"BOX": box}, inputs=3))["normalised"]
        assert finding.verdict == UNTESTED
        assert words in finding.message


def test_float32_is_judged_as_what_it_says():
    def rounded(code):
        return lambda y, beta: np.asarray(code(y, beta), np.float32)

    single = {name: rounded(kmeans()[name]) for name in ("free_energy", "slope_y", "posterior")}
    assert not broken(check_laws(kmeans() | single | {"DTYPE": "float32"}, inputs=20))
    finding = found(check_laws(kmeans() | single, inputs=3))["precision"]
    assert finding.verdict == BROKEN
    assert "free_energy comes as float32" in finding.message
    half = {"slope_y": rounded(lambda y, beta: kmeans()["slope_y"](y, beta) / 2)}
    assert "slope in y" in broken(check_laws(kmeans() | single | half | {"DTYPE": "float32"}, inputs=20))


def complex_step(f):
    def derivative(x):
        out = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            off = x.astype(complex)
            off[i] += 1e-30j
            out[i] = np.imag(f(off)) / 1e-30
        return out

    return derivative


def test_a_slope_that_is_nan_at_0_is_noticed():
    """As a framework differentiates sqrt(sum y^2)."""
    length = {"DIM": 2, "free_energy": lambda y: np.sqrt(np.square(y).sum(axis=1))}
    with np.errstate(all="ignore"):
        right = {"slope_y": lambda y: np.nan_to_num(y / np.sqrt(np.square(y).sum(axis=1, keepdims=True)))}
        assert not broken(check_laws(length | right, inputs=8))
        wrong = {"slope_y": lambda y: y / np.sqrt(np.square(y).sum(axis=1, keepdims=True))}
        finding = found(check_laws(length | wrong, inputs=8))["answers of slope_y"]
    assert finding.verdict == BROKEN
    assert finding.input["y"] == [[0.0, 0.0]]


def test_slopes_and_scores_by_gradient():
    def energy(y, z, w):
        return ((y[:, None] - w * np.stack([np.cos(z), np.sin(z)], axis=1)) ** 2).sum(axis=2)

    def free_energy(y, w, beta):
        return -np.log(np.exp(-beta * energy(y, ellipse()["LATENTS"], w)).mean(axis=1)) / beta

    own = {"DIM": 2, "LATENTS": ellipse()["LATENTS"], "W": [1.5, 0.8], "BETA": 0.05, "BOX": [(-2, 2), (-2, 2)]}
    own |= {"energy": energy, "free_energy": free_energy, "GRADIENT": complex_step}
    run = check_laws(own, inputs=5)
    assert run.made == {"slope_y": "free_energy", "slope_w": "free_energy"}
    assert not broken(run)
    assert {"slope in y", "mean slope in y", "slope in w", "mean slope in w"} <= {
        f.name for f in run.findings if f.verdict == HOLDS
    }
    assert not broken(check_laws(own | {"REDUCTION": "sum"}, inputs=5))
    twice = own | {"GRADIENT": lambda f: lambda x: 2 * complex_step(f)(x)}
    assert {"slope in y", "slope in w"} <= set(broken(check_laws(twice, inputs=5)))


# --- differences


def test_differences_say_how_far_off_they_are():
    """Over functions of all scales the error is within what is said, and what is said is of use."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b, c = 10 ** rng.uniform(-2, 2), 10 ** rng.uniform(-1, 1), rng.normal(size=6)
        x = rng.normal(size=6)

        def f(t, a=a, b=b, c=c, x=x):
            return b * np.sin(a * (x + t)) + c * t

        value, error = along(f, 0.3, 4 * U * (b + np.abs(c)))
        true = a * b * np.cos(a * x) + c
        assert (np.abs(value - true) <= error).all()
        assert (error <= 1e-5 * (a * b + 1)).all()


def test_a_kink_within_the_step_is_no_derivative():
    x = np.array([0.0, 0.003, -0.003, 1.0])
    value, error = gradient(lambda v: np.abs(v[:, 0]) + v[:, 0] ** 2, x[:, None], 0.1, np.full(4, 1e-16))
    assert error[0, 0] > 1  # any slope from -1 to 1 will do
    true = np.sign(x[1:]) + 2 * x[1:]
    assert (np.abs(value[1:, 0] - true) <= error[1:, 0]).all()
    assert error[3, 0] < 1e-6


# --- the law of draws


def test_two_rules_integrate_polynomials_and_share_no_node():
    box = np.array([[-1.0, 2.0], [0.0, 3.0]])
    for order in (6, 7):
        y, weight = panels(box, order)
        assert (y[..., 0] ** 10 * y[..., 1] ** 3 * weight).sum() == pytest.approx(
            (2**11 + 1) / 11 * 3**4 / 4, rel=1e-12
        )
        cells = weight.sum(axis=1)
        assert cells == pytest.approx(np.full(256, 9 / 256), rel=1e-12)
    nodes = [set(np.unique(panels(box[:1], order)[0]).round(9)) for order in (6, 7)]
    assert not nodes[0] & nodes[1]


def normal(shift, factor):
    """A standard normal, and draws of it that are off."""

    def sample(n, seed):
        return shift + factor * np.random.default_rng(seed).normal(size=(n, 1))

    return {"DIM": 1, "BOX": [(-9, 9)], "free_energy": lambda y: y[:, 0] ** 2 / 2, "sample": sample}


@pytest.mark.parametrize(("shift", "factor"), [(0.1, 1), (-0.1, 1), (0, 1.08), (0, 0.93)])
def test_draws_that_are_a_little_off_are_noticed(shift, factor):
    assert broken(check_laws(normal(shift, factor), inputs=3)) == ["law of draws"]


def test_the_draws_evidence_is_a_binomials_tail():
    """A share of probability 1/2 that is off by t deviations is refused where the tail of t is below the share of the alarm."""
    off = []
    for shift in np.linspace(0, 0.1, 41):
        run = check_laws(normal(shift, 1.0), inputs=1)
        off.append(bool(broken(run)))
    first = np.linspace(0, 0.1, 41)[off.index(True)]
    # the median's deviation is shift / sqrt(2 pi) of sqrt(1/4 / 20,000): refused from about 7 deviations on
    t = first / np.sqrt(2 * np.pi) / np.sqrt(0.25 / 20_000)
    assert 5.5 < t < 9
    assert norm.sf(7) < 1e-10 / 200 * 10
    assert all(off[off.index(True) + 4 :])


# --- at hand


def test_the_line_in_a_test():
    assert_lawful(kmeans(), inputs=3)
    with pytest.raises(AssertionError, match=r"slope in y .*BROKEN"):
        assert_lawful(kmeans() | {"slope_y": lambda y, beta: y}, inputs=3)
    with pytest.raises(AssertionError, match="for want of sample"):
        assert_lawful({"DIM": 1}, inputs=1)
    assert check_laws({"DIM": 1}, inputs=1).code == 4
    with pytest.raises(ValueError, match="inputs: expected a whole number from 1 up, got 0"):
        check_laws(kmeans(), inputs=0)


def test_the_adapter_to_begin_with_breaks_no_law_and_all_reports_say_what_is_broken(tmp_path, capsys):
    path, files = tmp_path / "mine.py", [tmp_path / "report.json", tmp_path / "report.xml"]
    assert main(["new-adapter", "laws", str(path)]) == 0
    assert f"refebm check --laws {path}" in capsys.readouterr().out
    assert main(["check", "--laws", str(path), "--inputs", "5"]) == 0
    assert "0 broken" in capsys.readouterr().out
    path.write_text(path.read_text("utf-8").replace("return 2 * (y", "return 3 * (y"), "utf-8")
    options = ["--inputs", "5", "--seed", "4", "--json", str(files[0]), "--junit", str(files[1])]
    assert main(["check", "--laws", str(path), *options]) == 1
    out = capsys.readouterr().out
    assert re.search(r"^slope in y +C16 +BROKEN", out, re.M)
    assert "left is 1.5 times right, everywhere" in out
    report = json.loads(files[0].read_text("utf-8"))
    assert (report["code"], report["seed"]) == (1, 4)
    laws = {f["name"]: f for f in report["findings"]}
    assert laws["slope in y"]["verdict"] == "BROKEN"
    assert laws["softmin"]["verdict"] == "HOLDS"
    cases = {case.attrib["name"]: case for case in ElementTree.parse(files[1]).iter("testcase")}
    assert "1.5 times" in cases["slope in y C16"].find("failure").attrib["message"]
    assert cases["law of draws L7"].find("skipped") is not None
    assert len(cases["softmin C13"]) == 0


FAILS = {
    "crashes": ("import os\nDIM = 1\ndef energy(y): os._exit(5)\n", "ended its process with code 5"),
    "exits": ("import os\nos._exit(0)\n", "ended its process with code 0"),
    "hangs": ("import time\nDIM = 1\ndef energy(y): time.sleep(99)\n", "no answer within 1 seconds to energy"),
    "no DIM": ("def energy(y): return y\n", "DIM: expected a number above 0, got None"),
    "no latents": ("DIM = 1\ndef energy(y, z): return y\n", "LATENTS: expected what energy takes as z, got none"),
    "no parameters": ("DIM = 1\ndef energy(y, w): return y\n", "W: expected what energy takes as w, got none"),
    "other arguments": ("DIM = 1\ndef energy(v1): return v1\n", "energy: expected arguments out of y, z, w, beta"),
    "a box of another size": ("DIM = 2\nBOX = [(0, 1)]\n", "BOX: expected finite numbers of shape (2, 2)"),
    "no such reduction": ("DIM = 2\nREDUCTION = 'max'\n", "REDUCTION: expected 'mean' or 'sum', got 'max'"),
    "half precision": ("DIM = 2\nDTYPE = 'float16'\n", "DTYPE: expected float64 or float32, got 'float16'"),
    "beta 0": ("DIM = 2\nBETA = 0\n", "BETA: expected a number above 0, got 0"),
    "no module": (None, "can't be imported"),
}


@pytest.mark.parametrize("kind", FAILS)
def test_a_module_that_fails_is_told_so(kind, tmp_path, capsys):
    text, words = FAILS[kind]
    if text is not None:
        (tmp_path / "mine.py").write_text(text, "utf-8")
    assert main(["check", "--laws", str(tmp_path / "mine.py"), "--timeout", "1"]) == 3
    assert words in capsys.readouterr().out


def test_a_function_that_raises_or_gives_another_shape_is_broken():
    def raises(y, beta):
        raise ZeroDivisionError("no such slope")

    finding = found(check_laws(kmeans() | {"slope_y": raises}, inputs=3))["answers of slope_y"]
    assert (finding.verdict, finding.message) == (BROKEN, "slope_y raised ZeroDivisionError: no such slope")
    finding = found(check_laws(kmeans() | {"slope_y": lambda y, beta: y[0]}, inputs=3))["answers of slope_y"]
    assert "slope_y: expected an array of shape" in finding.message


def test_what_does_not_go_with_laws_is_refused(tmp_path, capsys):
    assert main(["check", "--laws", "mine.py", "--select", "softmin"]) == 4
    assert "select: expected none with --laws, got softmin" in capsys.readouterr().err
    assert main(["check", "--laws", "mine.py", "--inputs", "0"]) == 4
    assert "inputs: expected a whole number from 1 up, got 0" in capsys.readouterr().err
