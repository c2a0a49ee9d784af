"""The laws of chance: the laws are exact, p-values are bounds, right samplers pass, wrong ones are refused and named."""

import json
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from refebm.__main__ import main
from refebm.oracle import check, reference
from refebm.oracle.chance import judge, uniformity
from refebm.oracle.chance.binary import Sweeping, bernoulli, certain, one_number, same_numbers, states, stationary_law
from refebm.oracle.chance.distributions import LAPLACE, NORMAL, SPREAD, Columns, Scaled, quartic, uniform
from refebm.oracle.chance.drawn import quiet, sampler_lines
from refebm.oracle.chance.draws import MANY
from refebm.oracle.chance.judge import CALLS, DOUBT, EPSILON, Asked, asked, false_alarm, judge_draws, looks
from refebm.oracle.chance.uniformity import least, p_values, sequences
from refebm.oracle.chance.ways import Proposing, Stepping
from refebm.oracle.contract import CONTRACT, DRAWS, FILES, NAMES, SAMPLERS
from refebm.oracle.report import as_json, as_junit, lines
from refebm.oracle.skeletons import skeleton

RIGHT = {name: ways for file in FILES.values() for name, ways in getattr(file, "RIGHT", {}).items() if name in DRAWS}
QUESTIONS = [(name, i) for name, row in DRAWS.items() for i in range(len(row.questions))]
CHAINS = {"langevin_chain": Stepping(), "mala_chain": Proposing(), "walk_chain": Proposing(drift=0.0)}


def verdict_of(functions):
    return check(functions).verdicts[0]


# --- the laws


@pytest.mark.parametrize("noise", [NORMAL, LAPLACE, SPREAD, uniform(0.0, 1.0)])
def test_a_noises_parts_are_of_one_distribution(noise):
    u = np.linspace(0.001, 0.999, 999)
    x = noise.quantile(u)
    assert np.allclose(noise.cdf(x), u, rtol=0, atol=1e-12)
    h = 1e-5 * (x[-1] - x[0])
    inside = slice(1, -1)
    slope = (noise.cdf(x + h) - noise.cdf(x - h))[inside] / (2 * h)
    smooth = np.abs(x[inside]) > 2 * h  # Laplace's has a kink at 0
    assert np.allclose(slope[smooth], np.exp(noise.log_density(x[inside]))[smooth], rtol=1e-5)
    assert noise.cdf(np.array(noise.ends)) == pytest.approx([0, 1], abs=1e-9)


@pytest.mark.parametrize(("a", "b", "beta"), [(-1.5, 1.25, 1.75), (0.5, 1.0, 1.25), (2.0, 0.0, 1.25)])
def test_the_stationary_density_integrates_to_one(a, b, beta):
    law = quartic(a, b, beta)
    node, weight = np.polynomial.legendre.leggauss(400)
    y = law.end * node
    p = np.exp(law.log_density(y[:, None]))
    assert p @ weight * law.end == pytest.approx(1, abs=1e-9)
    for end in (-0.7, 0.0, 1.3):  # another rule, up to there
        half = (end + law.end) / 2
        below = np.exp(law.log_density((half * (node + 1) - law.end)[:, None])) @ weight * half
        assert law.uniforms(np.array([[end]]), None)[0, 0] == pytest.approx(below, abs=law.error)
    if b == 0:
        assert np.allclose(p, stats.norm.pdf(y, scale=(a * beta) ** -0.5), atol=1e-10)


def kernel(way, given, y):
    """Density of moves of one coordinate, and what stays, on nodes and weights of Gauss's rule in panels."""
    x, w = y
    accept = way.accept(x[:, None, None], x[None, :, None], given)[..., 0]
    mean = way.mean(x[:, None], given)
    spread = way.spread(given["alpha"])
    density = stats.norm.pdf(x[None], mean, spread) * accept
    return density, 1 - density @ w


def panels(low, high, count, order=12):
    node, weight = np.polynomial.legendre.leggauss(order)
    ends = np.linspace(low, high, count + 1)
    half = np.diff(ends)[:, None] / 2
    return ((ends[:-1, None] + half) + half * node).ravel(), (half * weight).ravel()


@pytest.mark.long
@pytest.mark.parametrize("function", ["mala_chain", "walk_chain"])
def test_metropolis_leaves_p_as_it_is(function):
    """``int pi(x) K(x, y) dx = pi(y)`` and detailed balance, for the way that the law is made of."""
    given, way = asked(function, 1, None)[0], CHAINS[function]
    x, w = panels(-5, 5, 400)
    density, stays = kernel(way, given, (x, w))
    pi = np.exp(quartic(-1.0, 0.75, 1.5).log_density(x[:, None]))
    assert np.allclose(pi[:, None] * density, (pi[:, None] * density).T, atol=1e-12)
    assert np.allclose((pi * w) @ density + pi * stays, pi, atol=1e-10)
    assert stays.min() > -1e-9


@pytest.mark.parametrize("function", ["mala_chain", "walk_chain"])
def test_three_steps_by_another_rule(function):
    """The chance never to have moved, and the density, by Gauss's rule where the law has the trapezoidal one."""
    given, law = asked(function, 1, None)
    x, w = panels(-5, 5, 300)
    density, stays = kernel(CHAINS[function], given, (x, w))
    never = law.table[1]
    for s, start in enumerate(law.start):
        way = CHAINS[function]
        first = stats.norm.pdf(x, way.mean(start, given), way.spread(given["alpha"]))
        first = first * way.accept(start, x[:, None], given)[:, 0]
        atom, f = 1.0, np.zeros_like(x)
        for _ in range(3):
            atom, f = atom * (1 - first @ w), atom * first + f * stays + (f * w) @ density
        assert never[s] == pytest.approx(atom, abs=law.error)
        own = replace(law, which=np.full(3, s))
        u = own.uniforms(np.array([[-1.0], [0.2], [1.5]]), np.random.default_rng(0))[:, 0]  # ends of panels
        assert u == pytest.approx([atom + (f * w)[x <= end].sum() for end in (-1.0, 0.2, 1.5)], abs=law.error)
        assert atom + f @ w == pytest.approx(1, abs=1e-8)


@pytest.mark.long
@pytest.mark.parametrize("function", ["mala_chain", "walk_chain"])
def test_the_quadratures_errors_are_within_what_is_said(function):
    """As they count: in the uniforms' empirical CDF, against a grid of six times as many nodes."""
    for place in (0, 1):
        given, law = asked(function, place, None)
        finer = replace(law, nodes=6 * law.nodes + 1)
        y = reference_rows(function, given)
        coarse, fine = (np.sort(part.uniforms(y, np.random.default_rng(1)), axis=0) for part in (law, finer))
        assert np.abs(coarse - fine).mean() <= law.error
        ends = np.linspace(0, 1, 129)
        for j in range(y.shape[1]):
            counts = [np.searchsorted(part[:, j], ends) for part in (coarse, fine)]
            assert np.abs(counts[0] - counts[1]).max() / len(y) <= 4 * law.error + 3 / len(y)


def reference_rows(function, given, seed=11):
    return RIGHT[function][0](*given.values(), seed)


def test_langevins_own_variance_and_its_steps_agree_with_small_steps():
    """The law of k steps in a parabola is k laws of one step, put together."""
    given, law = asked("langevin_chain", 1, None)
    a, beta, alpha = given["a"], given["beta"], given["alpha"]
    rate = 1 - alpha * beta * a
    assert np.allclose(law.mean, rate**5 * given["y"])
    assert np.allclose(law.deviation**2, 2 * alpha * sum(rate ** (2 * k) for k in range(5)))
    given, law = asked("langevin_chain", 2, np.random.default_rng(3))
    own = 2 * given["alpha"] / (1 - (1 - given["alpha"] * given["beta"] * given["a"]) ** 2)
    assert np.allclose((1 - given["alpha"] * given["beta"] * given["a"]) ** 6 * own + law.deviation**2, own)
    assert np.abs(given["y"].std(axis=0) / np.sqrt(own) - 1).max() < 0.06


def test_the_transition_matrix_is_that_of_the_lists():
    """Rows sum to 1, P stays as it is, and entries are sums over h written out."""
    for place in (0, 1):
        given = asked("gibbs_sweep", place, np.random.default_rng(0))[0]
        W, b, c = (given[name] for name in "Wbc")
        v = states(len(b))
        T = Sweeping().matrix(v, W, b, c)
        assert np.allclose(T.sum(axis=1), 1, atol=1e-14)
        assert np.allclose(stationary_law(W, b, c) @ T, stationary_law(W, b, c), atol=1e-14)
        one = 0.0
        for h in states(len(c)):
            up, down = c + W @ v[3], b + h @ W
            p_h = np.prod([1 / (1 + np.exp(-u if on else u)) for u, on in zip(up, h, strict=True)])
            one += p_h * np.prod([1 / (1 + np.exp(-u if on else u)) for u, on in zip(down, v[5], strict=True)])
        assert T[3, 5] == pytest.approx(one, rel=1e-12)


def test_shared_numbers_have_the_laws_that_simulation_has():
    p, q = np.array([[0.2, 0.7, 0.5]]), bernoulli(np.array([[0.4, 0.6, 0.9]]))
    assert np.allclose(one_number(p).sum(axis=1), 1)
    assert one_number(p)[0] @ states(3) == pytest.approx(p[0])
    assert np.allclose(one_number(p)[0][[0, 2, 3, 7]], [0.3, 0.2, 0.3, 0.2])  # 000, 010, 011, 111
    assert certain(p)[0].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert q.sum() == pytest.approx(1)
    given = np.stack([np.full(3, 0.1 + 0.1 * i) for i in range(8)])
    total = same_numbers(p, given)
    u = (np.arange(40) + 0.5) / 40
    grid = np.stack(np.meshgrid(u, u, u, indexing="ij"), axis=-1).reshape(-1, 3)
    h = (grid < p).astype(int) @ [4, 2, 1]
    v = (grid < given[h]).astype(int) @ [4, 2, 1]
    assert np.allclose(np.bincount(v, minlength=8) / len(grid), total[0], atol=1e-12)


@pytest.mark.parametrize(("function", "place"), QUESTIONS)
def test_densities_and_uniforms_are_of_one_law(function, place):
    """The mean of ``exp(other - true)`` over draws of the true law is at most 1: densities with one sum; and NaN is never given."""
    given, law = asked(function, place, np.random.default_rng(2))
    y = reference_rows(function, given)
    u = law.uniforms(y, np.random.default_rng(0))
    assert ((u >= 0) & (u <= 1)).all()
    own = law.log_density(y)
    assert np.isfinite(own).all()
    for bug in DRAWS[function].bugs:
        other = bug.law and bug.law(DRAWS[function].questions[place].why, given)
        if other is not None and not isinstance(other, Columns) and type(other) is type(law):
            with np.errstate(over="ignore"):
                ratio = np.exp(np.minimum(other.log_density(y) - own, 30))
            assert ratio.mean() < 1 + 12 * ratio.std() / np.sqrt(len(y)) + 0.01, bug.name


# --- p-values


def test_p_values_are_bounds():
    """Over many sequences of true uniforms, of each size, p <= x no more often than x."""
    rng = np.random.default_rng(4)
    for n in (3, 50, 700):
        found = np.array([p_values(rng.random(n), 0.0) for _ in range(4000)])
        for x in (0.5, 0.2, 0.05, 0.01):
            assert (found <= x).mean(axis=0).max() <= x + 4 * np.sqrt(x / 4000)


def test_the_bound_is_massarts_and_no_tighter():
    """Kolmogorov's exact tail lies below it, far out too."""
    n = 400
    for off in (0.05, 0.1, 0.2):
        assert stats.kstwo.sf(off, n) <= 2 * np.exp(-2 * n * off**2) <= 1.6 * stats.kstwo.sf(off, n) + 1e-3
    u = (np.arange(n) + 0.5) / n * 0.75  # a quarter is empty
    assert p_values(u, 0.0)[0] == pytest.approx(2 * np.exp(-2 * n * 0.25**2), rel=1e-6)
    assert p_values(u, 0.05)[0] == pytest.approx(2 * np.exp(-2 * n * 0.05**2), rel=1e-6)
    middle = 0.5 + (np.arange(n) + 0.5) / n * 0.5 - 0.25  # spread: all in the middle half
    assert p_values(middle, 0.0)[1] == pytest.approx(2 * np.exp(-2 * n * 0.5**2), rel=1e-6)
    assert p_values(np.array([0.5, np.nan]), 0.0) == (0.0, 0.0)


def test_sequences_are_of_independent_uniforms():
    """All of them pass for independent rows, and each kind of dependence is seen in its own, far beyond the threshold."""
    rng, n = np.random.default_rng(9), 4096
    which = np.repeat(np.arange(4), n // 4)

    def seen(*answers):
        return least(list(answers), which, 0.0)

    p, _, count = seen(rng.random((n, 2)), rng.random((n, 2)))
    assert p * count > DOUBT
    assert count == 2 * sum(1 for _ in sequences([np.zeros((n, 2))] * 2, which)) == 30
    a, b, u = rng.random((n, 2)), rng.random((n, 2)), rng.random((n, 1))
    half = rng.random((n // 2, 2))
    for answers, words in (
        ((np.concatenate([u, u], axis=1), b), "neighbouring coordinates, differences"),
        ((np.concatenate([u, 1 - u], axis=1), b), "neighbouring coordinates, sums"),
        ((np.concatenate([half, half]), b), f"rows {n // 2} apart, differences"),
        ((np.concatenate([half, 1 - half]), b), f"rows {n // 2} apart, sums"),
        ((np.repeat(half, 2, axis=0), b), "rows 1 apart, differences"),
        ((np.stack([half, 1 - half], axis=1).reshape(n, 2), b), "rows 1 apart, sums"),
        ((a, a), "neighbouring seeds, differences"),
        ((a, 1 - a), "neighbouring seeds, sums"),
        ((a, np.roll(a, -1, axis=0)), "neighbouring seeds, rows moved by one"),
        ((a, np.where(which[:, None] == 2, b**2, b)), "start 3"),
        ((a, b * [1, 0.8]), "coordinate 2"),
    ):
        p, what, _ = seen(*answers)
        assert p <= EPSILON, words
        assert what.startswith(words), (what, words)


# --- the sequential test


def test_the_bound_of_a_whole_run_is_counted_and_below_a_billionth():
    """As many looks as are made when none is sure, over all questions; and no more sequences come from more calls."""
    assert false_alarm(DRAWS) == EPSILON * sum(looks(name) for name in DRAWS) < 1e-9
    for function in DRAWS:
        seen = []

        def counted(answers, which, error, seen=seen):
            p, what, count = uniformity.least(answers, which, error)
            seen.append(count)
            return min(p, DOUBT / count / 2), what, count

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("refebm.oracle.chance.judge.least", counted)
            found = judge_draws(function, quiet(RIGHT[function][0]))
        assert sum(seen) == looks(function)
        assert found.draws == MANY * CALLS[-1] * len(DRAWS[function].questions)


def test_a_doubt_goes_on_and_a_small_fault_is_found():
    """Noise 3 % too large: not seen by the first look, and refused by the last, with more rows."""

    def posterior_draw(m, s, seed):
        return m + 1.03 * s * np.random.default_rng(seed).normal(size=m.shape)

    found = judge_draws("posterior_draw", quiet(posterior_draw))
    assert found.verdict == "WRONG"
    assert found.match == ""
    assert found.draws > CALLS[0] * MANY * 2
    assert "spread" in found.seen


def test_rows_of_every_call_are_drawn_anew_where_they_are_of_the_stationary_law():
    asking = Asked("walk_chain", 2, quiet(RIGHT["walk_chain"][0]), 5, np.random.default_rng(8))
    asking.more(2)
    (first, _, _), (second, _, _) = asking.given
    assert not np.array_equal(first["y"], second["y"])


# --- right and wrong samplers


@pytest.mark.parametrize("function", DRAWS)
def test_the_reference_and_right_ways_pass(function):
    ways = [getattr(reference, function), *RIGHT[function]]
    assert len(ways) >= 7
    for way in ways:
        found = verdict_of({function: way})
        assert (found.verdict, found.behaviour) == ("PASS", {}), (found.seen, found.p, found.behaviour)
        assert found.p > EPSILON * 1e6


@pytest.mark.long
def test_right_ways_pass_with_other_seeds():
    """A smaller run of tests/benchmarks/oracle_chance.py."""
    for function, ways in RIGHT.items():
        for way in (way for way in ways if way.__name__ != "row_by_row"):
            for seed in range(20, 24):
                assert judge_draws(function, quiet(way), 10_000 * seed).verdict == "PASS"


@pytest.mark.long
@pytest.mark.parametrize("function", DRAWS)
def test_every_wrong_sampler_is_refused_and_none_is_taken_for_another(function):
    table = [(name, v, looked) for name, v, looked in all_wrong() if v.function == function]
    assert len(table) == len(DRAWS[function].bugs) >= 18
    assert all(v.verdict == "WRONG" for _, v, _ in table)
    looked = [(name, v) for name, v, named in table if named]
    assert all(v.match in ("", name) for name, v in looked), "\n".join(sampler_lines(looked))


@cache
def all_wrong():
    """Verdicts on every wrong sampler; names take the time, and are looked for in every third (`refebm selftest`: in all)."""
    table = []
    with pytest.MonkeyPatch.context() as patch:
        real = judge.named
        for i, (function, bug) in enumerate((f, bug) for f, row in DRAWS.items() for bug in row.bugs):
            patch.setattr(judge, "named", (lambda *_: "") if i % 3 else real)
            table.append((f"{function}/{bug.name}", judge_draws(function, quiet(bug.code)), i % 3 == 0))
    return tuple(table)


@pytest.mark.long
def test_those_without_a_name_are_known():
    """Laws of several steps that have no closed form."""
    nameless = {name for name, v, looked in all_wrong() if looked and not v.match}
    assert nameless <= {
        *(f"{chain}/{bug}" for chain in ("mala_chain", "walk_chain") for bug in ("same-noise", "one-test")),
        "mala_chain/stale-score",
    }
    assert len(all_wrong()) == len(SAMPLERS) >= 40


def test_what_is_in_no_catalogue_is_refused_without_a_name():
    def posterior_draw(m, s, seed):
        return m + 1.2 * s * np.random.default_rng(seed).normal(size=m.shape)

    def gibbs_sweep(v, W, b, c, seed):
        return RIGHT["gibbs_sweep"][0](v, W * 1.1, b, c, seed)

    def langevin_chain(y, a, b, beta, alpha, steps, seed):
        return RIGHT["langevin_chain"][0](y, a, b, beta, 1.1 * alpha, steps, seed)

    def walk_chain(y, a, b, beta, alpha, steps, seed):
        return np.sort(RIGHT["walk_chain"][0](y, a, b, beta, alpha, steps, seed), axis=0)

    run = check({f.__name__: f for f in (posterior_draw, gibbs_sweep, langevin_chain, walk_chain)})
    assert [(v.verdict, v.match) for v in run.verdicts] == [("WRONG", "")] * 4


@pytest.mark.parametrize("kind", ["antithetic", "half the rows twice", "one row twice in ten"])
def test_rows_that_depend_on_each_other_are_refused(kind):
    def posterior_draw(m, s, seed):
        xi = np.random.default_rng(seed).normal(size=m.shape)
        half = len(m) // 2
        if kind == "antithetic":
            xi[half:] = -xi[:half]
        elif kind == "half the rows twice":
            xi[half:] = xi[:half]
        else:
            xi[1::10] = xi[::10][: len(xi[1::10])]
        return m + s * xi

    assert verdict_of({"posterior_draw": posterior_draw}).verdict == "WRONG"


def test_laws_of_atoms():
    """Of what has no deviation the uniforms are random where it is met, and NaN elsewhere."""
    law = Scaled(np.zeros((3, 1)), np.zeros((3, 1)))
    u = law.uniforms(np.array([[0.0], [1e-12], [0.1]]), np.random.default_rng(0))
    assert np.isfinite(u[:2]).all()
    assert np.isnan(u[2]).all()
    assert law.log_density(np.array([[0.0], [1e-12], [0.1]]))[2] == -np.inf


# --- behaviour and errors


def draw(m, s, seed):
    return m + s * np.random.default_rng(seed).normal(size=m.shape)


def forgetful(m, s, seed):
    return m + s * np.random.default_rng().normal(size=m.shape)


def seeding(m, s, seed):
    np.random.seed(seed)  # noqa: NPY002
    return m + s * np.random.normal(size=m.shape)  # noqa: NPY002


def in_place(m, s, seed):
    m += s * np.random.default_rng(seed).normal(size=m.shape)
    return m.copy()


@pytest.mark.parametrize(("code", "name"), [(forgetful, "remembers"), (seeding, "seeds"), (in_place, "mutates")])
def test_behaviour_is_judged_as_elsewhere(code, name):
    found = verdict_of({"posterior_draw": code})
    assert (found.verdict, list(found.behaviour)) == ("MISBEHAVES", [name])
    assert check({"posterior_draw": code}).code == 1
    assert verdict_of({"posterior_draw": draw}).behaviour == {}


def raising(m, s, seed):
    raise ValueError("not yet")


@pytest.mark.parametrize(
    ("code", "verdict", "words"),
    [
        (lambda m, s, seed: draw(m, s, seed)[:-1], "WRONG", "shape"),
        (lambda m, s, seed: draw(m, s, seed)[:, 0], "WRONG", "shape"),
        (lambda m, s, seed: draw(m, s, seed) * np.nan, "WRONG", "NaN"),
        (raising, "ERROR", "not yet"),
        (lambda m, s, seed: "rows", "ERROR", "expected an array"),
    ],
)
def test_what_is_no_array_of_rows(code, verdict, words):
    found = verdict_of({"posterior_draw": code})
    assert found.verdict == verdict
    assert words in found.message


def test_seed_and_steps_are_whole_numbers():
    def langevin_chain(y, a, b, beta, alpha, steps, seed):
        assert type(seed) is int
        assert type(steps) is int
        return RIGHT["langevin_chain"][0](y, a, b, beta, alpha, steps, seed)

    assert check({"langevin_chain": langevin_chain}).code == 0


# --- reports and commands


def test_the_report_says_what_was_seen_and_the_bound():
    def mala_chain(*a):
        return SAMPLERS["mala_chain/no-correction"].code(*a)

    run = check({"mala_chain": mala_chain, "posterior_draw": draw, "softplus": reference.softplus})
    text = "\n".join(lines(run))
    assert "mala_chain/no-correction" in text
    assert SAMPLERS["mala_chain/no-correction"].mend in text
    assert f"{looks('mala_chain') + looks('posterior_draw')} looks, each at p <= 1e-13" in text
    data = json.loads(as_json(run))
    by_name = {v["function"]: v for v in data["verdicts"]}
    assert by_name["mala_chain"]["match"] == "mala_chain/no-correction"
    assert by_name["mala_chain"]["p"] <= EPSILON < by_name["posterior_draw"]["p"]
    assert by_name["posterior_draw"]["draws"] == 2 * 2 * MANY
    assert by_name["posterior_draw"]["false_alarm"] == false_alarm(["posterior_draw"])
    assert "langevin_chain/no-root-two" in data["could_not_have_caught"]
    assert "mala_chain/no-test" not in data["could_not_have_caught"]
    assert 'message="WRONG mala_chain/no-correction"' in as_junit(run)
    assert run.code == 1


def test_commands_know_what_draws(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n"
        "def posterior_draw(m, s, seed):\n"
        "    return m + np.sqrt(s) * np.random.default_rng(seed).normal(size=m.shape)\n",
        "utf-8",
    )
    assert main(["check", str(file), "--select", "posterior_draw"]) == 1
    assert "posterior_draw/variance" in capsys.readouterr().out
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert all(f"{name}(" in out for name in NAMES)
    assert main(["explain", "posterior_draw/variance"]) == 0
    assert SAMPLERS["posterior_draw/variance"].mend in capsys.readouterr().out
    assert main(["explain", "gibbs_sweep"]) == 0
    assert capsys.readouterr().out.count("gibbs_sweep/") == len(DRAWS["gibbs_sweep"].bugs)
    assert "mala_chain(y (n, d), a (d,), b (d,), beta, alpha, steps, seed) -> (n, d)" in skeleton("numpy", "mine.py")


PROGRAM = """
import json, sys, random
for line in sys.stdin:
    request = json.loads(line)
    if "echo" in request:
        reply = {"protocol": 1, "functions": ["posterior_draw"], "echo": request["echo"]}
    else:
        a = request["arguments"]
        rng = random.Random(a["seed"])
        rows = [[m + s * rng.gauss(0, 1) for m, s in zip(*row)] for row in zip(a["m"], a["s"])]
        reply = {"id": request["id"], "result": rows}
    print(json.dumps(reply), flush=True)
"""


def test_a_program_draws_too(tmp_path, capsys):
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    assert main(["check", "--cmd", f"{sys.executable} {tmp_path / 'program.py'}"]) == 0
    out = capsys.readouterr().out
    assert "posterior_draw              PASS" in out
    assert "planned 1, ran 1" in out


def test_the_contract_holds_both_kinds():
    assert list(NAMES) == [*CONTRACT, *DRAWS]
    assert not set(CONTRACT) & set(DRAWS)
    for name, row in DRAWS.items():
        assert callable(getattr(reference, name))
        assert list(row.arguments)[-1] == "seed"
        assert len({bug.name for bug in row.bugs}) == len(row.bugs)
        assert all(bug.what.endswith(".") and bug.mend.endswith(".") for bug in row.bugs), name
        for i in range(len(row.questions)):
            given = asked(name, i, np.random.default_rng(1))[0]
            assert [*given, "seed"] == list(row.arguments)
            for value in given.values():
                assert np.array_equal(np.asarray(value, np.float32), value)
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"and {len(SAMPLERS)} wrong samplers" in readme
