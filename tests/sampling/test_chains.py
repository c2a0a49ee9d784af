"""Chains on discrete spaces: their transition matrices, noise integrated exactly, before any statistics; and the loop itself."""

import itertools

import numpy as np
import pytest

import refebm as r
from refebm.sampling.gibbs import update
from refebm.sampling.metropolis import metropolis_adjusted

STATES = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
PLACES = np.array([4, 2, 1])


def E(v):
    return -v @ [0.5, -1.0, 0.3] - 2.0 * v[:, 0] * v[:, 2] + 1.5 * v[:, 1] * v[:, 2]  # units 0 and 1 are not joined


def wall(v):
    return np.where(v.sum(axis=1) == 2, np.inf, E(v) + v[:, 0] * v[:, 1])


def conditional(P, block):
    """The transition matrix that draws a block anew, from the table of P."""
    rest = [i for i in range(3) if i not in block]
    K = P * (STATES[:, None, rest] == STATES[:, rest]).all(axis=-1)
    return K / K.sum(axis=1, keepdims=True)


def matrix(kernel, P, blocks):
    """The transition matrix of a kernel, its uniform noise integrated exactly: where a unit turns is known from the table."""
    edges = []
    for block in blocks:
        for i in block:
            cuts = conditional(P, block) @ STATES[:, i]
            edges.append(np.unique([0.0, *cuts, 1.0]))
    u = np.stack(np.meshgrid(*[(e[1:] + e[:-1]) / 2 for e in edges], indexing="ij"), axis=-1).reshape(-1, len(edges))
    volume = np.prod(np.stack(np.meshgrid(*map(np.diff, edges), indexing="ij"), axis=-1), axis=-1).ravel()
    allowed = np.flatnonzero(P)
    T = np.eye(8)
    for a in allowed:
        (v,), taken = kernel.move((np.repeat(STATES[a : a + 1], len(u), axis=0),), u)
        assert taken.all()
        T[a] = np.bincount((v @ PLACES).astype(int), volume, 8)
    return T


def asymmetry(P, T):
    return np.abs(P[:, None] * T - (P[:, None] * T).T).max()


EACH = [[0], [1], [2]]


@pytest.mark.parametrize("beta", [0.4, 1.0, 2.0])
@pytest.mark.parametrize("energy", [E, wall], ids=["E", "forbidden"])
def test_W12_a_single_site_sweep_leaves_p_as_it_is(energy, beta):
    P = r.softargmin(energy(STATES), beta)
    T = matrix(r.single_site_gibbs(3, energy, beta), P, EACH)
    K = [conditional(P, block) for block in EACH] if energy is E else []
    assert T.sum(axis=1) == pytest.approx(np.ones(8), abs=1e-14)
    assert np.abs(P @ T - P).max() < 1e-12
    assert energy is wall or np.abs(T - K[0] @ K[1] @ K[2]).max() < 1e-12
    assert asymmetry(P, T) > 1e-3  # in a fixed order, not in detail


def hidden(v):
    """Of units 0 and 1, which given unit 2 are independent."""
    a = np.array([0.5, -1.0]) + v[:, 2:] * [2.0, -1.5]
    return 1 / (1 + np.exp(-a))


def visible(v):
    return 1 / (1 + np.exp(-(0.3 + v[:, :1] * 2.0 - v[:, 1:2] * 1.5)))


BLOCKS = {"hidden": ([0, 1], hidden), "visible": ((2,), visible)}
EXACT = r.softargmin(E(STATES), 1.0)


@pytest.mark.parametrize("name", BLOCKS)
def test_W12_a_block_update_is_in_detailed_balance(name):
    units, probability = BLOCKS[name]
    K = matrix(r.block_gibbs(3, [(units, probability)]), EXACT, [units])
    assert np.abs(K - conditional(EXACT, units)).max() < 1e-12
    assert np.abs(EXACT @ K - EXACT).max() < 1e-12
    assert asymmetry(EXACT, K) < 1e-12
    assert np.abs(K @ K - K).max() < 1e-12  # a projection: drawn twice is drawn once


def test_W12_a_sweep_of_blocks_is_stationary_and_a_palindrome_reversible():
    h, v = BLOCKS["hidden"], BLOCKS["visible"]
    for sweep, least, most in (([h, v], 1e-2, 1), ([v, h], 1e-2, 1), ([h, v, h], 0, 1e-12), ([v, h, v], 0, 1e-12)):
        T = matrix(r.block_gibbs(3, sweep), EXACT, [units for units, _ in sweep])
        assert np.abs(EXACT @ T - EXACT).max() < 1e-12
        assert least <= asymmetry(EXACT, T) < most
        product = np.linalg.multi_dot([conditional(EXACT, units) for units, _ in sweep])
        assert np.abs(T - product).max() < 1e-12
    # what the sweep h, v does to v alone is reversible all the same
    T, marginal = matrix(r.block_gibbs(3, [h, v]), EXACT, [[0, 1], [2]]), EXACT.reshape(4, 2).sum(axis=0)
    alone = T.reshape(4, 2, 4, 2).sum(axis=2)[0]  # it does not matter what h was
    assert np.abs(T.reshape(4, 2, 4, 2).sum(axis=2) - alone).max() < 1e-14
    assert np.abs(marginal[:, None] * alone - (marginal[:, None] * alone).T).max() < 1e-12


def test_W12_an_update_draws_where_the_noise_is_below_the_probability():
    v, p = np.zeros((3, 4)), np.array([[0.0, 0.25], [1.0, 0.25], [0.5, 1.0]])
    u = np.array([[0.0, 0.25], [1 - 2.0**-53, np.nextafter(0.25, 0)], [0.75, 0.0]])
    new = update(v, np.array([3, 1]), p, u)
    assert np.array_equal(new, [[0, 0, 0, 0], [0, 1, 0, 1], [0, 1, 0, 0]])
    assert (v == 0).all()


def test_W12_units_in_no_block_stay_as_they_are():
    rng = np.random.default_rng(1)
    start = rng.integers(0, 2, (200, 3))
    found = r.sample_chain(r.block_gibbs(3, [BLOCKS["hidden"]]), start, 50, rng)
    assert np.array_equal(found.y[:, :, 2], np.tile(start[:, 2], (50, 1)))
    for held in (0, 1):  # and the others follow P given these: here every draw is a new one
        draws = found.y[:, start[:, 2] == held, :2].reshape(-1, 2)
        exact = hidden(np.full((1, 3), float(held)))[0]
        assert (np.abs(draws.mean(axis=0) - exact) < 4.5 * np.sqrt(exact * (1 - exact) / len(draws))).all()


def uneven(v, i, up):
    v = v.copy()
    v[np.arange(len(v)), i] = up
    return v, -E(v)


# a site at random: turned over; or 1 with probability 0.8, whatever it was
FLIPS = r.Kernel(
    lambda v: (v, -E(v)),
    lambda rng, n: rng.integers(3, size=n),
    lambda state, i: (uneven(state[0], i, 1 - state[0][np.arange(len(i)), i]), np.ones(len(i), bool)),
)
UNEVEN = r.Kernel(
    FLIPS.start,
    lambda rng, n: (rng.integers(3, size=n), rng.random(n) < 0.8),
    lambda state, noise: (uneven(state[0], *noise), np.ones(len(state[0]), bool)),
)


def log_uneven(v_new, state):
    return np.log(np.where((v_new - state[0]).sum(axis=1) > 0, 0.8, 0.2))


@pytest.mark.parametrize("kind", ["even", "uneven"])
def test_W12_metropolis_on_a_discrete_space_leaves_p_as_it_is(kind):
    """The chance that a move is taken is found from the kernel, by bisection in its exponential noise."""
    proposal, q = (FLIPS, None) if kind == "even" else (UNEVEN, log_uneven)
    kernel, state, T = metropolis_adjusted(proposal, q), FLIPS.start(STATES), np.zeros((8, 8))
    for i, up in itertools.product(range(3), (0, 1)):
        xi, chance = (np.full(8, i), 1 / 6) if kind == "even" else ((np.full(8, i), np.full(8, up)), (0.2, 0.8)[up] / 3)
        low, high = np.zeros(8), np.full(8, 50.0)
        for _ in range(80):
            e = (low + high) / 2
            low, high = np.where(kernel.move(state, (xi, e))[1], (low, e), (e, high))
        new = (kernel.move(state, (xi, np.full(8, 60.0)))[0][0] @ PLACES).astype(int)
        T[range(8), new] += chance * np.exp(-high)
        T[range(8), range(8)] += chance * -np.expm1(-high)
    assert T.sum(axis=1) == pytest.approx(np.ones(8), abs=1e-14)
    assert np.abs(EXACT @ T - EXACT).max() < 1e-12
    assert asymmetry(EXACT, T) < 1e-12
    step = STATES.sum(axis=1) - STATES.sum(axis=1)[:, None]  # up or down, where one unit differs
    q = np.where(np.abs(STATES[:, None] - STATES).sum(axis=2) == 1, 1 if kind == "even" else 0.5 + 0.3 * step, 0) / 3
    truth = np.minimum(q, q.T * EXACT / EXACT[:, None])
    assert T - np.diag(np.diag(T)) == pytest.approx(truth, abs=1e-13)


KERNELS = {
    "sites": r.single_site_gibbs(3, E),
    "blocks": r.block_gibbs(3, [BLOCKS["visible"], BLOCKS["hidden"]]),
    "flips": metropolis_adjusted(FLIPS),
}


@pytest.mark.parametrize("name", KERNELS)
def test_W12_chains_meet_the_exact_distribution(name):
    kernel, rng = KERNELS[name], np.random.default_rng(2)
    found = r.sample_chain(kernel, rng.integers(0, 2, (397, 3)), 211, rng, burn=60)
    assert set(found.y.ravel()) == {0, 1}
    shares = (found.y @ PLACES == np.arange(8)[:, None, None]).mean(axis=1)  # (8, chains)
    error = shares.std(axis=1, ddof=1) / np.sqrt(397)
    assert (np.abs(shares.mean(axis=1) - EXACT) < 4.5 * error).all()
    assert (error < 0.01).all()
    assert (found.acceptance == 1).all() == (name != "flips")
    # the ess is what it says
    spread = found.y.mean(axis=0).std(axis=0)
    assert found.y.std(axis=(0, 1)) / np.sqrt(found.ess / 397) == pytest.approx(spread, rel=0.15)


def test_W12_at_every_beta_the_odds_neither_overflow_nor_vanish():
    huge = r.single_site_gibbs(1, lambda v: np.where(v[:, 0] > 0, -1e308, 1e308), 3e-309)
    p = 1 / (1 + np.exp(-0.6))
    for shift, on in ((-1e-9, 1), (1e-9, 0)):
        with np.errstate(all="raise"):
            (v,), _ = huge.move((np.zeros((1, 1)),), np.array([[p + shift]]))
        assert v == on
    cold = r.single_site_gibbs(1, lambda v: 1e308 - v[:, 0] * 1e300, 1e300)
    with np.errstate(all="raise"):
        (v,), _ = cold.move((np.zeros((1, 1)),), np.array([[1 - 2.0**-53]]))
    assert v == 1


COUNT = r.Kernel(  # adds noise, of 0, 1 or 2, to whole numbers
    lambda y: (y.astype(np.int16), y[:, 0]),
    lambda rng, n: rng.integers(0, 3, size=(n, 2)),
    lambda state, noise: ((state[0] + noise.astype(np.int16), state[1]), noise[:, 0] > 0),
)


def test_W12_the_loop_keeps_what_a_kernel_gives():
    start = np.array([[0, 5], [1, 7], [2, 9]])
    found = r.sample_chain(COUNT, start, 10, np.random.default_rng(3))
    rng = np.random.default_rng(3)
    noise = np.array([rng.integers(0, 3, size=(3, 2)) for _ in range(10)])
    assert found.y.dtype == found.last.dtype == np.int16
    assert np.array_equal(found.y, start + noise.cumsum(axis=0))
    assert found.acceptance == pytest.approx((noise[:, :, 0] > 0).mean(axis=0))
    assert found.ess == pytest.approx(r.effective_sample_size(found.y))
    thin = r.sample_chain(COUNT, start, 7, np.random.default_rng(3), burn=3, thin=2)
    assert np.array_equal(thin.y, found.y[4:9:2])
    assert np.array_equal(thin.last, found.last)
    assert thin.acceptance == pytest.approx((noise[3:, :, 0] > 0).mean(axis=0))
    assert np.array_equal(
        r.sample_chain(COUNT, [0, 5], 4, np.random.default_rng(4)).y,
        r.sample_chain(COUNT, [[0, 5]], 4, np.random.default_rng(4)).y,
    )
    found.last[:] = -1
    assert (found.y[-1] != -1).all()


def test_W12_what_is_returned_shares_no_memory_with_the_start():
    still = r.Kernel(lambda y: (y,), lambda rng, n: None, lambda state, noise: (state, np.zeros(len(state[0]), bool)))
    start = np.zeros((2, 3))
    found = r.sample_chain(still, start, 5, np.random.default_rng(5))
    assert np.array_equal(found.y, np.zeros((5, 2, 3)))
    assert (found.acceptance == 0).all()
    for given in (found.y, found.last):
        assert not np.shares_memory(given, start)


def test_W12_energies_that_underflow_are_zero():
    tiny = r.single_site_gibbs(3, lambda v: np.exp(-800 - v[:, 0]))
    with np.errstate(all="raise"):
        assert r.sample_chain(tiny, [0, 0, 0], 5, np.random.default_rng(6)).y.shape == (5, 1, 3)


def bad(state=lambda y: (y,), move=lambda state, u: (state, np.ones(len(state[0]), bool))):
    return lambda: r.sample_chain(
        r.Kernel(state, lambda rng, n: None, move), np.zeros((2, 3)), 2, np.random.default_rng(0)
    )


def gibbs(*blocks, dim=3):
    return lambda: r.sample_chain(r.block_gibbs(dim, list(blocks)), np.zeros((2, 3)), 2, np.random.default_rng(0))


def sites(y, energy=E):
    return lambda: r.sample_chain(r.single_site_gibbs(3, energy), y, 2, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (r"kernel: expected states \(y, ...\), y an array of shape \(2, 3\), got", bad(lambda y: y[0])),
        (r"kernel: expected states \(y, ...\), y an array of shape \(2, 3\), got \(\)", bad(lambda y: ())),
        (r"kernel: expected states .* shape \(2, 3\), got .* \(2, 2\)", bad(lambda y: (y[:, :2],))),
        (r"kernel: expected states .* shape \(2, 3\) and type float64, got", bad(move=lambda s, u: ((s[0][:1],), 1))),
        (r"kernel: expected states .* and type float64, got .* int", bad(move=lambda s, u: ((s[0].astype(int),), 1))),
        (r"y: expected shape \(n, d\), got \(1, 1, 3\)", sites(np.zeros((1, 1, 3)))),
        (r"y: expected shape \(3,\) or \(n, 3\), got \(2, 2\)", sites(np.zeros((2, 2)))),
        (r"y: expected units that are 0 or 1, got 2 of 6 that are not", sites([[0, 0, 2], [0.5, 1, 1]])),
        (r"y: expected states of finite energy, got 1 of 2 that are forbidden", sites([[0, 1, 1], [1, 1, 1]], wall)),
        (r"E: expected a function that gives numbers or \+inf, got nan", sites([0, 0, 0], lambda v: E(v) * np.nan)),
        (r"E: expected a function that gives real floats of shape \(1,\)", sites([0, 0, 0], lambda v: v)),
        (r"blocks: expected a function that gives real floats of shape \(2, 1\)", gibbs(([1], hidden))),
        (r"blocks: expected probabilities in \[0, 1\], got one of 2", gibbs(([1], lambda v: v[:, :1] + 2))),
        (r"blocks: expected probabilities in \[0, 1\], got one of -1", gibbs(([1], lambda v: v[:, :1] - 1))),
        (r"blocks: expected a function that gives finite numbers, got nan", gibbs(([1], lambda v: v[:, :1] * np.nan))),
        (r"blocks: expected pairs \(units, probability\), got \[\]", gibbs()),
        (r"blocks: expected pairs \(units, probability\), got \[\(\[0\],\)\]", gibbs(([0],))),
        (r"blocks: expected pairs \(units, probability\), got", gibbs(([0], 1))),
        *(
            (r"blocks: expected units that differ, whole numbers in \[0, 3\), got", gibbs((units, hidden)))
            for units in ([0, 3], [-1, 0], [0, 0.5], [1, 1], [[0, 1]])
        ),
        (r"blocks: expected finite numbers of size", gibbs(([0, np.inf], hidden))),
    ],
)
def test_bad_arguments_are_refused(words, call):
    with pytest.raises((TypeError, ValueError), match=f"^{words}"):
        call()


def test_what_a_callback_is_given_cannot_be_written_to():
    def writes(v):
        v[:] = 0
        return hidden(v)

    with pytest.raises(ValueError, match="read-only"):
        gibbs(([0, 1], writes))()
    with pytest.raises(ValueError, match="read-only"):
        sites([0, 0, 0], lambda v: writes(v)[:, 0])()
