"""Fresh inputs: what the vectors miss is found by them, made small and kept; what is right passes."""

import json

import numpy as np
import pytest
from fresh import RIGHT, in_single, refused

from refebm.__main__ import main
from refebm.oracle import assert_right, check, coverage, reference
from refebm.oracle.contract import CONTRACT, cases
from refebm.oracle.fresh import drawn, problem, scale
from refebm.oracle.judge import deviation, most_lost, vectors
from refebm.oracle.report import as_json, as_junit, lines

r = reference


def when(function, condition, other):
    """The right function, but another answer, made of the right one, where the arguments are so."""
    right = getattr(r, function)
    return function, lambda *a: other(right(*a)) if condition(*a) else right(*a)


def off(answer):
    return answer + 0.2 * (1 + np.abs(answer))


def gap(E, beta):
    return beta * (E.max(axis=1) - E.min(axis=1))


WRONG = {
    "many rows": when("softmin", lambda E, b: len(E) > 20, off),
    "many latents": when("softmin", lambda E, b: E.shape[1] > 20, off),
    "more latents than a block": when("softargmin", lambda E, b: E.shape[1] > 32, off),
    "a wide row among many": when("softmax", lambda s, b: len(s) > 10 and gap(s, b).max() > 1e3, off),
    "a cold row of three": when("softmin", lambda E, b: E.shape == (1, 3) and b > 100, off),
    "high and hot": when("softmin", lambda E, b: b < 1e-3 and E.min() > 0 and len(E) == 3, off),
    "one row, one of 17 far": when("softmin_prior", lambda E, b, p: E.shape == (2, 17) and gap(E, b).max() > 1e4, off),
    "tiny prior, many": when("softmin_prior", lambda E, b, p: len(p) > 17 and p.min() < 1e-6, off),
    "a block of rows": when("kl", lambda q, p: len(q) > 16, off),
    "zeros in many": when("kl", lambda q, p: q.shape[1] > 20 and (q == 0).any(), off),
    "many states": when("entropy", lambda q: q.shape[1] > 24, off),
    "many energies": when("expected_energy", lambda E, q: E.size > 100, off),
    "far down, with zeros": when("expected_energy", lambda E, q: E.max() < 0 and (q == 0).any() and len(E) > 3, off),
    "a long line": when("log_partition", lambda F, b, dy: len(F) > 40, off),
    "a long line, dense": when("gibbs_density", lambda F, b, dy: len(F) > 40, off),
    "more data than space": when("nll", lambda D, F, b, dy: len(D) > 20, off),
    "much data, slopes": when("nll_slope", lambda D, d, F, b, dy: len(D) > 10, off),
    "much data, cold": when("nll_slope", lambda D, d, F, b, dy: len(D) == 9 and b > 1e4, off),
    "a far logit among 100": when("softplus", lambda u: len(u) > 50 and u.max() > 100, off),
    "a long batch": when("log_loss", lambda F, H: len(F) > 50, off),
    "a long batch's slope": when("log_loss_slope", lambda F, H: len(F) > 50, off),
    "a hinge of many": when("hinge_loss", lambda F, H, m: len(F) > 30, off),
    "a wide margin of ten": when("hinge_loss", lambda F, H, m: m > 1e3 and len(F) == 10, off),
    "many Gaussians": when("gaussian_kl", lambda m, s, r: len(m) > 40, off),
    "many points": when("ellipse_energy", lambda y, z, w: len(y) > 20, off),
    "far, of many latents": when("ellipse_energy", lambda y, z, w: len(z) > 17 and np.abs(y).max() > 1e3, off),
    "far angles of many": when("ellipse_decoder", lambda z, w: len(z) > 20, off),
    "large and cold": when("ellipse_free_energy", lambda y, z, w, b: b > 1e3 and len(z) > 17, off),
    "one radius below 0, hot": when("ellipse_slope_y", lambda y, z, w, b: b < 1e-3 and w[0] * w[1] < 0 and len(z) == 3, off),
    "both radii below 0": when("ellipse_slope_w", lambda y, z, w, b: (w < 0).all() and len(y) > 8, off),
    "thin, and alone": when("ellipse_least_energy", lambda y, w: w.max() / w.min() > 300 and len(y) == 1, off),
    "a wide layer": when("mlp", lambda x, *W: len(W[1]) > 16, off),
    "outputs cut at 1e9": ("mlp", lambda x, *W: np.clip(r.mlp(x, *W), -1e9, 1e9)),
    "wide, back": when("mlp_slope_W1", lambda x, *W: len(W[1]) > 16, off),
    "large noise, cold": when("vae_loss", lambda y, m, s, e, W, b, beta, r: beta > 10 and len(y) > 9, off),
    "large codes": when("vae_slope_s", lambda y, m, s, e, W, b, beta, r: r > 100 and s.min() < 1e-3, off),
    "many observations": when("gmm_free_energy", lambda y, mu, S, pi: len(y) > 10, off),
    "five components": when("gmm_responsibilities", lambda y, mu, S, pi: len(pi) == 5 and len(y) > 9, off),
    "a span of five": when("pca_free_energy", lambda y, W: W.shape[1] == 5 and len(y) > 9, off),
    "many clusters": when("kmeans_free_energy", lambda y, M: len(M) > 18, off),
    "many machines": when("rbm_energy", lambda v, h, W, b, c: len(v) > 10, off),
    "large biases of many": when("rbm_free_energy", lambda v, W, b, c: np.abs(b).max() > 99 and len(v) > 11, off),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", WRONG)
def test_what_the_vectors_miss_fresh_inputs_find(name):
    function, code = WRONG[name]
    assert check({function: code}).code == 0
    found = check({function: code}, fuzz=200).verdicts[0]
    assert found.verdict == "WRONG"
    assert found.smallest["id"].startswith(f"{function}/fresh-0-")


DOMAINS = [name for name, row in CONTRACT.items() if row.domain]


def test_few_rows_have_no_domain():
    """Ranks, ties, cancelling means or stopping rules make them jump, or worse than S says: their designs alone are asked."""
    slopes = {"rbm_nll_slope_b", "rbm_nll_slope_c", "pca_slope_W"}
    assert set(CONTRACT) - set(DOMAINS) == slopes | {
        "gmm_em_S",
        "pca_codes",
        "ellipse_closest_point",
        "effective_sample_size",
    }


@pytest.mark.long
@pytest.mark.parametrize("function", DOMAINS)
def test_right_ways_are_not_refused(function):
    """Of any of the domain, in both precisions; many more in tests/benchmarks/oracle_gap.py."""
    for number, rows, share in refused(function, range(12), seed=1):
        assert number >= 20
        assert rows >= number
        assert share <= 1


def test_the_package_passes_fresh_inputs():
    run = check(reference, ["softmin", "kl", "mlp", "ellipse_slope_y"], fuzz=20)
    assert run.code == 0
    assert [v.fresh for v in run.verdicts] == [20] * 4
    assert sum("20 fresh inputs passed" in line for line in lines(run)) == 4
    assert_right(reference, ["softmin"], fuzz=5, seed=3)


@pytest.mark.parametrize("function", DOMAINS)
def test_every_bin_of_every_domain_is_visited(function):
    found = coverage.table(function)
    names = [what for what, _, _ in found]
    assert [name for name in names if name in CONTRACT[function].arguments] == list(CONTRACT[function].domain.ranges)
    assert coverage.unvisited(found) == []


@pytest.mark.parametrize("function", DOMAINS)
def test_the_domain_holds_what_is_drawn_and_its_shapes_are_few(function):
    row = CONTRACT[function]
    assert set(row.domain.ranges) <= set(row.arguments)
    assert row.limits or list(row.domain.ranges) == list(row.arguments)
    inputs = [drawn(function, i) for i in range(40)]
    assert all(list(a) == list(row.arguments) for a in inputs)
    shapes = {tuple(np.shape(v) for v in a.values()) for a in inputs}
    assert len(shapes) <= 10
    for a in inputs:
        for value in a.values():
            assert np.array_equal(value, np.float32(value))


def test_the_coverage_table_says_what_is_left_out(capsys):
    assert main(["vectors", "--coverage"]) == 0
    text = capsys.readouterr().out
    assert "; not" not in text
    assert sum(line.startswith("softmin  ") for line in text.splitlines()) == 6
    row = CONTRACT["softmin"]
    few = [a for _, a in cases("softmin") if a["beta"] > 1e-3]
    left = coverage.unvisited(list(row.domain.coverage(row.arguments, few)))
    assert "beta: 1e-05..0.0001" in left
    assert not any(label.startswith("size") for label in left)


SLOW = {"softmin": lambda E, beta: r.softmin(E, beta) + 0.1 * (beta > 30) * (len(E) > 9)}
CUT = {"mlp": lambda x, *W: np.clip(r.mlp(x, *W), -1e9, 1e9)}


def test_what_fails_is_made_small():
    """As many rows as it takes, one latent, zeros; one unit a layer."""
    found = check(SLOW, fuzz=200).verdicts[0].smallest
    assert np.shape(found["arguments"]["E"]) == (10, 1)
    assert 30 < found["arguments"]["beta"] <= 100
    assert not np.any(found["arguments"]["E"])
    network = check(CUT, fuzz=200).verdicts[0].smallest["arguments"]
    assert {np.size(v) for v in network.values()} == {1}


def test_a_seed_gives_the_same_again_and_another_one_others():
    one, again, other = (check(SLOW, fuzz=100, seed=seed).verdicts[0] for seed in (5, 5, 6))
    assert one.smallest == again.smallest
    assert one.smallest["id"].startswith("softmin/fresh-5-")
    assert other.smallest["id"].startswith("softmin/fresh-6-")
    assert not np.array_equal(drawn("mlp", 0, 5)["x"], drawn("mlp", 0, 6)["x"])


def test_the_report_holds_the_vector():
    run = check(CUT, fuzz=200)
    vector = run.verdicts[0].smallest
    assert json.dumps(vector) in list(lines(run))
    assert json.loads(as_json(run))["verdicts"][0]["smallest"] == vector
    assert vector["id"] in as_junit(run)
    assert run.code == 1


def test_kept_vectors_are_asked_again(tmp_path, capsys):
    module, kept = tmp_path / "cut.py", tmp_path / "kept.jsonl"
    module.write_text("import numpy as np\nfrom refebm.oracle import reference as r\n"
                      "def mlp(x, *W):\n    return np.clip(r.mlp(x, *W), -1e9, 1e9)\n")  # fmt: skip
    assert main(["check", str(module), "--kept", str(kept)]) == 0
    assert "0 vectors are new" in capsys.readouterr().out
    assert main(["check", str(module), "--fuzz", "200", "--kept", str(kept)]) == 1
    assert "1 vectors are new" in capsys.readouterr().out
    vector = json.loads(kept.read_text())
    assert main(["check", str(module), "--kept", str(kept)]) == 1
    assert vector["id"] in capsys.readouterr().out
    assert len(kept.read_text().splitlines()) == 1
    kept.write_text('{"id": "mlp/x"}\n')
    assert main(["check", str(module), "--kept", str(kept)]) == 4
    assert "kept: expected a vector of the contract on each line" in capsys.readouterr().err


def test_a_function_that_ends_on_a_fresh_input_is_an_error():
    def softmin(E, beta):
        if len(E) > 9:
            raise MemoryError("too many")
        return r.softmin(E, beta)

    found = check({"softmin": softmin}, fuzz=20).verdicts[0]
    assert found.verdict == "ERROR"
    assert "too many" in found.message
    assert len(found.smallest["arguments"]["E"]) == 10


def test_float32_that_is_said_passes_and_float32_for_large_inputs_does_not():
    code = in_single(RIGHT["softmin"][3])
    assert check({"softmin": code}, fuzz=40, dtype="float32").code == 0
    mixed = {"softmin": lambda E, beta: code(E, beta) if len(E) > 9 else r.softmin(E, beta)}
    found = check(mixed, fuzz=40).verdicts[0]
    assert (found.verdict, found.message) == ("INACCURATE", "float32 where float64 was asked")


def test_a_convention_is_held_through_fresh_inputs():
    bits = {"kl": lambda q, p: r.kl(q, p) / np.log(2)}
    assert check(bits, fuzz=30).verdicts[0].verdict == "CONVENTION"
    assert check({**bits, "CONVENTIONS": {"kl": "bits"}}, fuzz=30).code == 0
    mixed = {"kl": lambda q, p: r.kl(q, p) / (np.log(2) if len(q) > 9 else 1)}
    assert check(mixed, fuzz=60).verdicts[0].verdict == "WRONG"


# --- the scale by differences


# Where differences see a jump that a derivative does not: the rank of a span, a pair at its margin.
JUMPS = ("pca_free_energy/columns-that", "pca_free_energy/more-columns", "pca_free_energy/all-sizes", "hinge_loss")


# The mixture's slopes take S for symmetric, where the definition moves one entry of it; a step reaches over a minimum.
LOOSE = {"gmm_slope_y": 0.35, "gmm_slope_mu": 0.35, "langevin_log_density": 5}


@pytest.mark.long
@pytest.mark.parametrize("function", [name for name, row in CONTRACT.items() if not row.limits])
def test_the_scale_by_differences_is_that_of_many_digits(function):
    for v in vectors(function):
        if not v["id"].startswith(JUMPS):
            a = {k: x if x.ndim else float(x) for k, x in v["arguments"].items()}
            found = scale(function, a, v["float64"])
            room = LOOSE.get(function, 0.05)
            near = np.abs(found - v["scale"]) <= room * np.abs(v["scale"]) + 1e-9 * v["terms"]
            assert near.all(), v["id"]


def test_at_a_minimum_rounding_costs_its_square():
    """On the curve the slopes are 0, and what rounding leaves is u^2: no right way is refused, an error of 1e-9 is."""
    a = {"y": np.array([[2.0, 0.0]]), "z": np.array([0.0]), "w": np.array([2.0, 1.0])}
    p = problem("ellipse_energy", "", a)
    assert p.truth == 0
    assert 0 < p.scale.max() < 1e-14
    assert deviation(np.array([[2.0**-106]]), p.truth, p.scale) <= 64
    assert deviation(np.array([[1e-18]]), p.truth, p.scale) > 64


def test_a_step_that_is_too_long_is_made_shorter():
    E, beta = np.array([[1e6, 1e6 + 1]]), 1e3
    p = problem("softargmin", "", {"E": E, "beta": beta})
    q = p.truth[0, 1]
    exact = q * (1 + beta * (2e6 + 1) * (1 - q) + beta * (1 - q))
    assert p.scale[0, 1] == pytest.approx(exact, rel=0.05)
    assert most_lost(p.scale, p.terms, "float64").shape == (1, 2)
