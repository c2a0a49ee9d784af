"""The restricted Boltzmann machine against enumeration: energies, conditionals, gradients, its chain as a matrix, learning."""

import itertools

import numpy as np
import pytest
from gradients import check_adjoint

import refebm as r

RNG = np.random.default_rng
D, M = 3, 4  # visible and hidden units


def states(units):
    """All states, by another way than the package's."""
    return np.array(list(itertools.product([0.0, 1.0], repeat=units)))


def machine(d=D, m=M, seed=0, scale=1.0):
    rng = RNG(seed)
    return scale * rng.normal(size=(m, d)), rng.normal(size=d), rng.normal(size=m)


def flat(W, b, c):
    return np.concatenate([W.ravel(), b, c])


def table(W, b, c):
    """E of every v with every h, (2^d, 2^m), term by term."""
    return np.array(
        [
            [
                -sum(h[i] * W[i, j] * v[j] for i in range(len(h)) for j in range(len(v))) - sum(v * b) - sum(h * c)
                for h in states(len(c))
            ]
            for v in states(len(b))
        ]
    )


W, B, C = machine()
PARAMETERS = flat(W, B, C)
V, H = states(D), states(M)
E = table(W, B, C)
JOINT = np.exp(-E) / np.exp(-E).sum()
DATA = V[RNG(1).choice(8, 40, p=[0.3, 0.02, 0.1, 0.05, 0.03, 0.2, 0.05, 0.25])]
PLACE = (DATA @ [4, 2, 1]).astype(int)  # of each datum in V
SHARE = np.bincount(PLACE, minlength=8) / 40

# good arguments, for test_arguments.py
MACHINE = {"W": [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]], "b": [0.3, -0.2], "c": [0.1, 0.4, -0.6]}
PAIR, ON = {"v": [[0.0, 1.0], [1.0, 1.0]]}, {"h": [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]}
SIZES = {"visible": 2, "hidden": 3}
GOOD = {
    "rbm_energy": {**PAIR, **ON, **MACHINE},
    "rbm_energy_adjoint": {**PAIR, **ON, **MACHINE, "E_bar": [1.0, -2.0]},
    "rbm_free_energy": {**PAIR, **MACHINE},
    "rbm_free_energy_adjoint": {**PAIR, **MACHINE, "F_bar": [1.0, -2.0]},
    "rbm_hidden_probability": {**PAIR, "W": MACHINE["W"], "c": MACHINE["c"]},
    "rbm_visible_probability": {**ON, "W": MACHINE["W"], "b": MACHINE["b"]},
    "rbm_log_partition": MACHINE,
    "rbm_log_partition_adjoint": {**MACHINE, "log_z_bar": 1.0},
    "rbm_packing": SIZES,
    "rbm": SIZES,
    "rbm_potential": {**SIZES, "beta": 2.0},
    "rbm_gibbs": MACHINE,
    "contrastive_divergence": {**PAIR, "hidden": 3, "rng": RNG(0), "k": 2, "batch": 1, "chains": [[0.0, 0.0]]},
}


# --- energies


def test_W7_energy_of_every_pair_of_states():
    v, h = np.repeat(V, 16, axis=0), np.tile(H, (8, 1))
    assert r.rbm_energy(v, h, W, B, C) == pytest.approx(E.ravel(), abs=1e-14)
    assert r.rbm_energy(v[37], h[37], W, B, C) == pytest.approx(E.ravel()[37], abs=1e-14)
    assert np.shape(r.rbm_energy(v[37], h[37], W, B, C)) == ()
    assert r.rbm(D, M)(V, H, PARAMETERS) == pytest.approx(E, abs=1e-14)


@pytest.mark.parametrize(("d", "m"), [(3, 4), (4, 2), (1, 1), (2, 3)])
def test_W7_free_energy_and_log_z_by_enumeration(d, m):
    W, b, c = machine(d, m, seed=2)
    E = table(W, b, c)
    F = -np.log(np.exp(-E).sum(axis=1))
    assert r.rbm_free_energy(states(d), W, b, c) == pytest.approx(F, abs=1e-13)
    assert r.rbm_free_energy(states(d)[-1], W, b, c) == pytest.approx(F[-1], abs=1e-13)
    assert np.shape(r.rbm_free_energy(states(d)[-1], W, b, c)) == ()
    assert r.rbm_log_partition(W, b, c) == pytest.approx(np.log(np.exp(-E).sum()), rel=1e-14)
    assert r.rbm_potential(d, m)(states(d), flat(W, b, c)) == pytest.approx(F, abs=1e-13)


@pytest.mark.parametrize("beta", [0.3, 1.0, 4.0])
def test_W7_at_another_beta_the_sum_over_h_still_falls_apart(beta):
    """And `marginal`, which divides by the number of hidden states, lies m log 2 / beta above (N3)."""
    F = r.rbm_potential(D, M, beta)(V, PARAMETERS)
    assert F == pytest.approx(-np.log(np.exp(-beta * E).sum(axis=1)) / beta, abs=1e-13)
    rbm = r.rbm(D, M)
    assert r.marginal(rbm, rbm.latents, beta)(V, PARAMETERS) == pytest.approx(F + M * np.log(2) / beta, abs=1e-13)
    assert r.rbm_free_energy(V, beta * W, beta * B, beta * C) / beta == pytest.approx(F, abs=1e-13)


def test_W7_the_cold_machine_takes_the_least_energy():
    rbm = r.rbm(D, M)
    assert r.marginal(rbm, r.exhaustive, np.inf)(V, PARAMETERS) == pytest.approx(E.min(axis=1), abs=1e-14)
    least = r.exhaustive(rbm, V, PARAMETERS)
    assert np.array_equal(least[:, 0], H[E.argmin(axis=1)])
    assert np.array_equal(least[:, 0], C + V @ W.T > 0)  # each unit by itself
    assert r.rbm_potential(D, M, 1e4)(V, PARAMETERS) == pytest.approx(E.min(axis=1), abs=1e-3)


def test_W9_conditionals_are_those_of_the_table_and_units_are_independent():
    given_v, given_h = JOINT / JOINT.sum(axis=1, keepdims=True), JOINT / JOINT.sum(axis=0)
    p, q = r.rbm_hidden_probability(V, W, C), r.rbm_visible_probability(H, W, B)
    assert p == pytest.approx(given_v @ H, abs=1e-14)
    assert q == pytest.approx(given_h.T @ V, abs=1e-14)
    assert np.prod(np.where(H == 1, p[:, None], 1 - p[:, None]), axis=2) == pytest.approx(given_v, abs=1e-14)
    assert np.prod(np.where(V == 1, q[:, None], 1 - q[:, None]), axis=2) == pytest.approx(given_h.T, abs=1e-14)
    assert r.rbm_hidden_probability(V[5], W, C) == pytest.approx(p[5], rel=1e-15)
    assert r.rbm_visible_probability(H[5], W, B) == pytest.approx(q[5], rel=1e-15)
    step = 1e-30j
    assert r.rbm_hidden_probability(V + step, W, C).imag / 1e-30 == pytest.approx(
        p * (1 - p) * W.sum(axis=1), abs=1e-14
    )
    assert r.rbm_visible_probability(H, W, B + step).imag / 1e-30 == pytest.approx(q * (1 - q), abs=1e-14)
    assert r.rbm_hidden_probability(V, W, C + step).imag / 1e-30 == pytest.approx(p * (1 - p), abs=1e-14)


def test_W9_symmetries():
    F, log_z = r.rbm_free_energy(V, W, B, C), r.rbm_log_partition(W, B, C)
    order = [2, 0, 3, 1]
    assert r.rbm_free_energy(V, W[order], B, C[order]) == pytest.approx(F, abs=1e-14)  # hidden units have no names
    # a hidden unit turned round, 1 - h in place of h: its terms without h go to the visible biases and a constant
    turned, c = W.copy(), C.copy()
    turned[1], c[1] = -W[1], -C[1]
    assert r.rbm_free_energy(V, turned, B + W[1], c) - C[1] == pytest.approx(F, abs=1e-14)
    # sides exchanged
    assert r.rbm_log_partition(W.T, C, B) == pytest.approx(log_z, rel=1e-14)
    assert r.rbm_log_partition(0 * W, 0 * B, 0 * C) == pytest.approx(7 * np.log(2), rel=1e-15)
    # a unit without weights and bias is a coin
    more = np.vstack([W, np.zeros(D)])
    assert r.rbm_free_energy(V, more, B, np.append(C, 0)) == pytest.approx(F - np.log(2), abs=1e-14)


def test_W9_mean_field_is_a_bound_that_the_posterior_reaches():
    """Given v the exact posterior is a product: a product q is no restriction, and any other has a larger free energy (L16)."""
    F, p, other = r.rbm_free_energy(V, W, B, C), r.rbm_hidden_probability(V, W, C), RNG(3).uniform(0.05, 0.95, (8, M))
    gaps = []
    for q in (p, other):
        weights = np.prod(np.where(H == 1, q[:, None], 1 - q[:, None]), axis=2)
        bound = r.variational_free_energy(E, weights, 1.0) - M * np.log(2)  # of a uniform prior
        entropy = -(q * np.log(q) + (1 - q) * np.log(1 - q)).sum(axis=1)
        assert bound == pytest.approx(r.rbm_energy(V, q, W, B, C) - entropy, abs=1e-13)  # E is linear in h: at its mean
        gaps.append(bound - F)
    assert np.abs(gaps[0]).max() < 1e-13
    assert gaps[1].min() > 0.1


def test_W7_hidden_states_that_rounding_parted_tie():
    """An input of 0.1 + 0.2 - 0.3: the unit may as well be on as off."""
    rbm, w = r.rbm(2, 1), np.array([0.1, 0.2, 0.0, 0.0, -0.3])
    assert np.ptp(rbm([1.0, 1.0], rbm.latents, w)) > 0
    assert r.gibbs_weights(rbm, [1.0, 1.0], rbm.latents, w, np.inf) == pytest.approx([0.5, 0.5], rel=1e-15)
    w[-1] += 1e-14
    assert r.gibbs_weights(rbm, [1.0, 1.0], rbm.latents, w, np.inf).tolist() == [0, 1]


# --- gradients


def test_W8_adjoints():
    rng = RNG(4)
    v, h, F_bar = rng.uniform(0.2, 0.8, (5, D)), rng.uniform(0.2, 0.8, (5, M)), rng.normal(size=5)
    check_adjoint(r.rbm_energy, r.rbm_energy_adjoint, (v, h, W, B, C), rng)
    check_adjoint(r.rbm_free_energy, r.rbm_free_energy_adjoint, (v, W, B, C), rng)
    for d, m in ((3, 4), (4, 3), (3, 3)):
        check_adjoint(r.rbm_log_partition, r.rbm_log_partition_adjoint, machine(d, m), rng)
    one, each = (r.rbm_energy_adjoint(*pair, W, B, C, F_bar[2]) for pair in ((v[2], h[2]), (v[2:3], h[2:3])))
    assert [bar.shape for bar in one] == [(D,), (M,), (M, D), (D,), (M,)]
    assert all(np.array_equal(bar.ravel(), other.ravel()) for bar, other in zip(one, each, strict=True))
    one = r.rbm_free_energy_adjoint(v[2], W, B, C, F_bar[2])
    assert one[0] == pytest.approx(r.rbm_free_energy_adjoint(v, W, B, C, F_bar)[0][2], rel=1e-14)
    assert one[1] == pytest.approx(-F_bar[2] * np.outer(r.rbm_hidden_probability(v[2], W, C), v[2]), rel=1e-14)


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_W8_adjoints_of_the_energy_and_of_the_potential(beta):
    rng, rbm, F = RNG(5), r.rbm(D, M), r.rbm_potential(D, M, beta)
    y = rng.uniform(0.2, 0.8, (5, D))
    check_adjoint(lambda y, w: F.value(y, w), lambda y, w, b: F.adjoint(y, w, None, b), (y, PARAMETERS), rng)
    exact = r.marginal(rbm, rbm.latents, beta).adjoint(y, PARAMETERS, None, y[:, 0])
    for bar, other in zip(F.adjoint(y, PARAMETERS, None, y[:, 0]), exact, strict=True):
        assert bar == pytest.approx(other, abs=1e-13)
    for z in (H[None, :5], RNG(6).permutation(np.stack([H] * 5), axis=1)):  # shared, and each observation's own
        E_bar = rng.normal(size=(5, z.shape[1]))
        y_bar, z_bar, w_bar = rbm.adjoint(y, z, PARAMETERS, None, E_bar)
        step = 1e-30j
        for a, bar in ((0, y_bar), (1, z_bar), (2, w_bar)):
            dot = RNG(7).normal(size=bar.shape)
            moved = [v + step * dot if i == a else v for i, v in enumerate((y, z, PARAMETERS))]
            along = (E_bar * rbm.value(*moved)).sum().imag / 1e-30
            assert along == pytest.approx((bar * dot).sum(), rel=1e-12)


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_W8_curvature(beta):
    F, F_bar = r.rbm_potential(D, M, beta), RNG(8).normal(size=8)
    slopes, second = F.curvature(V, PARAMETERS, None, F_bar)
    steps = 1e-30j * np.eye(F.size)
    assert slopes.T == pytest.approx(np.array([F.value(V, PARAMETERS + s).imag / 1e-30 for s in steps]), abs=1e-14)
    rows = [F.adjoint(V, PARAMETERS + s, None, F_bar)[1].imag / 1e-30 for s in steps]
    assert second == pytest.approx(np.array(rows), abs=1e-13)
    assert np.abs(second).max() > 0.01


def likelihood(W, b, c):
    """Minus the mean log-likelihood of DATA, from the table of all pairs."""
    weight = np.exp(-table(W, b, c))
    return np.log(weight.sum()) - np.log(weight.sum(axis=1))[PLACE].mean()


def test_W8_exact_likelihood_and_gradient_by_enumeration():
    """Data minus model, the model's mean of h v^T over all pairs of states; and by the hidden side alone."""
    loss, w_bar = r.negative_log_likelihood(r.rbm_potential(D, M), DATA, PARAMETERS, V)
    assert loss == pytest.approx(likelihood(W, B, C), rel=1e-13)
    W_bar, b_bar, c_bar = r.rbm_packing(D, M).split(w_bar)
    p = r.rbm_hidden_probability(DATA, W, C)
    pairs = np.einsum("vh,hi,vj->ij", JOINT, H, V)
    assert W_bar == pytest.approx(pairs - p.T @ DATA / 40, abs=1e-14)
    assert b_bar == pytest.approx(JOINT.sum(axis=1) @ V - DATA.mean(axis=0), abs=1e-14)
    assert c_bar == pytest.approx(JOINT.sum(axis=0) @ H - p.mean(axis=0), abs=1e-14)
    data = r.rbm_free_energy_adjoint(DATA, W, B, C, 1 / 40)[1:]
    for turn in (False, True):  # the sum over v, and over h
        model = r.rbm_log_partition_adjoint(*((W.T, C, B) if turn else (W, B, C)), 1.0)
        model = (model[0].T, model[2], model[1]) if turn else model
        assert flat(*data) + flat(*model) == pytest.approx(w_bar, abs=1e-14)


def test_W8_the_mean_has_the_difference_times_beta():
    v, states = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), r.product_grid((0, 1), 2, 2)
    w, parts = np.linspace(-1, 1, 11), r.rbm_packing(2, 3)
    for beta in (0.5, 2.0):
        W, b, c = parts.split(beta * w)
        P = r.softargmin(r.rbm_free_energy(states, W, b, c), 1.0)
        line = r.rbm_hidden_probability(v, W, c).T @ v / 3 - (r.rbm_hidden_probability(states, W, c).T * P) @ states

        def log_p(w, beta=beta):
            W, b, c = parts.split(beta * w)
            return -r.rbm_free_energy(v, W, b, c) - r.rbm_log_partition(W, b, c)

        slopes = [log_p(w + 1e-30j * step).imag / 1e-30 for step in np.eye(11)[:6]]
        assert np.mean(slopes, axis=1) == pytest.approx(beta * line.ravel(), rel=1e-12)
        assert np.sum(slopes, axis=1) == pytest.approx(3 * beta * line.ravel(), rel=1e-12)
        assert np.abs(np.sum(slopes, axis=1) - line.ravel()).max() > 0.03


# --- the chain


def transition(W, b, c):
    """The two updates of the Gibbs chain as matrices over the pairs (v, h), from the kernel's own probabilities."""
    d, m = len(b), len(c)
    v, h = states(d), states(m)
    pairs = np.concatenate([np.repeat(v, len(h), axis=0), np.tile(h, (len(v), 1))], axis=1)
    p, q = r.rbm_hidden_probability(pairs[:, :d], W, c), r.rbm_visible_probability(pairs[:, d:], W, b)
    same_v = (pairs[:, None, :d] == pairs[:, :d]).all(axis=2)
    same_h = (pairs[:, None, d:] == pairs[:, d:]).all(axis=2)
    to_h = np.prod(np.where(pairs[:, d:] == 1, p[:, None], 1 - p[:, None]), axis=2) * same_v
    to_v = np.prod(np.where(pairs[:, :d] == 1, q[:, None], 1 - q[:, None]), axis=2) * same_h
    return to_h, to_v, pairs


def test_W9_each_block_is_in_detailed_balance_and_the_sweep_stationary():
    to_h, to_v, _ = transition(W, B, C)
    P = JOINT.ravel()
    for T in (to_h, to_v):
        assert T.sum(axis=1) == pytest.approx(np.ones(len(P)), abs=1e-13)
        assert np.abs(P[:, None] * T - (P[:, None] * T).T).max() < 1e-12
    sweep = to_h @ to_v
    assert np.abs(P @ sweep - P).max() < 1e-12
    assert np.abs(P[:, None] * sweep - (P[:, None] * sweep).T).max() > 1e-4  # in a fixed order, not in detail
    # every state is reached at once, with a positive share: from every start the chain comes to P
    assert np.abs(np.linalg.matrix_power(sweep, 200) - P).max() < 1e-12


def test_W9_the_kernel_draws_what_the_matrix_says():
    """The noise integrated by a fine regular grid: hidden first, given v, then visible, given the new h."""
    W, b, c = machine(2, 1, seed=9)
    to_h, to_v, pairs = transition(W, b, c)
    kernel = r.rbm_gibbs(W, b, c)
    p, q = r.rbm_hidden_probability(states(2), W, c), r.rbm_visible_probability(states(1), W, b)
    cuts = [np.unique(np.concatenate([[0, 1], part.ravel()])) for part in (p, q[:, 0], q[:, 1])]
    u = np.array(list(itertools.product(*[(e[1:] + e[:-1]) / 2 for e in cuts])))
    volume = np.array([np.prod(v) for v in itertools.product(*[np.diff(e) for e in cuts])])
    T = np.empty((8, 8))
    for i, s in enumerate(pairs):
        (new,), taken = kernel.move(kernel.start(np.tile(s, (len(u), 1))), u)
        assert taken.all()
        T[i] = np.bincount((new @ [4, 2, 1]).astype(int), volume, 8)
    assert np.abs(T - to_h @ to_v).max() < 1e-13


def test_W9_the_kernel_keeps_its_own_machine():
    w = W.copy()
    kernel = r.rbm_gibbs(w, B, C)
    before = r.sample_chain(kernel, np.zeros((50, D + M)), 1, RNG(10)).last
    w[:] = 0
    assert np.array_equal(r.sample_chain(kernel, np.zeros((50, D + M)), 1, RNG(10)).last, before)


# --- learning


def cd(k, W, b, c):
    """The exact expectation of CD-k's estimate: the data's distribution moved by k sweeps of the matrix."""
    to_h, to_v, pairs = transition(W, b, c)
    start = np.repeat(SHARE, 2 ** len(c)) * np.tile(np.eye(2 ** len(c))[0], 8)  # h all off: it is drawn first
    moved = start @ np.linalg.matrix_power(to_h @ to_v, k)
    F, w = r.rbm_potential(D, len(c)), flat(W, b, c)
    return F.adjoint(DATA, w, None, np.full(40, 1 / 40))[1] - F.adjoint(pairs[:, :D], w, None, moved)[1]


STRONG = machine(scale=3.0, seed=9)  # its chain forgets slowly


def exact(W, b, c):
    return r.negative_log_likelihood(r.rbm_potential(D, len(c)), DATA, flat(W, b, c), V)[1]


def test_W10_contrastive_divergence_becomes_exact_as_k_grows():
    gaps = [np.abs(cd(k, *STRONG) - exact(*STRONG)).max() for k in (1, 2, 4, 8, 16, 32, 1000)]
    assert (np.diff(gaps) < 0).all()
    assert gaps[0] > 0.05
    assert gaps[-1] < 1e-12


@pytest.mark.parametrize("k", [1, 3])
def test_W10_estimates_have_the_expectation_of_the_matrix(k):
    w = flat(*STRONG)
    gradients = r.contrastive_divergence(DATA, M, RNG(11), k=k, batch=40)
    drawn = np.array([next(iter(gradients()))(w) for _ in range(1500)])
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    assert (
        np.abs(drawn.mean(axis=0) - cd(k, *STRONG)) < 4.5 * error + 1e-4
    ).all()  # draws of a share below 1e-5 do not come
    assert (np.abs(drawn.mean(axis=0) - exact(*STRONG)) > 8 * error).any()  # which is not the likelihood's


def test_W10_minibatches_are_all_of_the_data_once_and_persistent_chains_go_on():
    listed = list(r.contrastive_divergence(DATA, M, RNG(12), batch=12)())
    assert len(listed) == 4
    rows = np.concatenate([g.args[0] for g in listed])
    assert np.array_equal(np.sort(rows), np.arange(40))
    # at a fixed w the chains come to the model: their mean over time has the exact gradient
    gradients = r.contrastive_divergence(DATA, M, RNG(13), batch=40, chains=np.zeros((200, D)))
    drawn = np.array([next(iter(gradients()))(PARAMETERS) for _ in range(450)])[50:]
    batches = drawn.reshape(20, 20, -1).mean(axis=1)  # long against the chains' memory
    error = batches.std(axis=0, ddof=1) / np.sqrt(20)
    assert (np.abs(batches.mean(axis=0) - exact(W, B, C)) < 5 * error).all()


def test_W10_where_the_model_is_the_data_contrastive_divergence_stands_still():
    """P is stationary: from data that follow it, any number of sweeps leads to P again."""
    P = JOINT.sum(axis=1)
    to_h, to_v, pairs = transition(W, B, C)
    start = np.repeat(P, 16) * np.tile(np.eye(16)[0], 8)
    F = r.rbm_potential(D, M)
    for k in (1, 5):
        moved = start @ np.linalg.matrix_power(to_h @ to_v, k)
        gap = F.adjoint(V, PARAMETERS, None, P)[1] - F.adjoint(pairs[:, :D], PARAMETERS, None, moved)[1]
        assert np.abs(gap).max() < 1e-13


@pytest.mark.parametrize("method", ["lbfgs", "newton"])
def test_W10_maximum_likelihood_raises_the_likelihood_to_the_datas(method):
    """With enough hidden units the best model is the data's distribution, whose entropy is the least loss."""
    F = r.rbm_potential(D, M)
    w = r.start(F, DATA, RNG(14)) + 0.3 * RNG(15).normal(size=F.size)
    found = r.learn_likelihood(F, DATA, w, V, check="enumeration", decay=1e-3, method=method, steps=2000, tol=1e-6)
    assert found.success
    assert found.discrepancy == 0
    assert (np.diff(found.history["loss"]) <= 1e-12).all()
    loss = r.negative_log_likelihood(F, DATA, found.w, V)[0]
    assert loss == pytest.approx(likelihood(*r.rbm_packing(D, M).split(found.w)), rel=1e-12)
    assert 0 < loss - r.entropy(SHARE) < 0.05
    assert loss < likelihood(*r.rbm_packing(D, M).split(w)) - 0.2


@pytest.mark.parametrize("chains", [None, np.zeros((100, D))], ids=["CD-1", "persistent"])
def test_W10_learning_by_draws_raises_the_exact_likelihood(chains):
    F = r.rbm_potential(D, M)
    gradients = r.contrastive_divergence(DATA, M, RNG(16), batch=40, chains=chains)
    found = r.stochastic_descent(gradients, r.start(F, DATA, RNG(17)), steps=1500, rate=0.02)
    before, after = (r.negative_log_likelihood(F, DATA, w, V)[0] for w in (found.history["w"][0], found.w))
    assert before - after > 0.25
    assert after - r.entropy(SHARE) < 0.1


def test_W10_start():
    """Without weights the start is the model of independent units, as often on as in the data but for one more of each."""
    F = r.rbm_potential(D, M)
    w = r.start(F, DATA, RNG(18))
    W, b, c = r.rbm_packing(D, M).split(w)
    assert 1 / (1 + np.exp(-b)) == pytest.approx((DATA.sum(axis=0) + 1) / 42, rel=1e-14)
    assert 0 < np.abs(W).max() < 0.05
    assert len({*W.ravel()}) == W.size
    assert not c.any()
    assert np.array_equal(r.start(r.rbm(D, M), DATA, RNG(18)), w)
    assert np.isfinite(r.start(F, np.ones((5, D)), RNG(18))).all()


def test_W10_one_sweep_of_32_data_by_default_and_data_of_its_own():
    for chains in (None, np.zeros((5, D))):
        data, kept = DATA.copy(), None if chains is None else chains.copy()
        by_default = r.contrastive_divergence(data, M, RNG(20), chains=chains)
        said = r.contrastive_divergence(DATA, M, RNG(20), k=1, batch=32, chains=kept)
        data[:] = 1
        if chains is not None:
            chains[:] = 1
        for gradient, other in zip(by_default(), said(), strict=True):
            assert np.array_equal(gradient(PARAMETERS), other(PARAMETERS))


# --- what comes in


def test_extreme_weights_overflow_nothing():
    with np.errstate(all="raise"):
        for scale in (1e3, 1e8, 1e149, 1e-300):
            F = r.rbm_free_energy(V, scale * W, scale * B, scale * C)
            assert np.isfinite(F).all()
            assert np.isfinite(r.rbm_log_partition(scale * W, scale * B, scale * C))
            p = r.rbm_hidden_probability(V, scale * W, scale * C)
            assert ((p >= 0) & (p <= 1)).all()
    assert r.rbm_free_energy(V, 1e3 * W, 1e3 * B, 1e3 * C) == pytest.approx(1e3 * E.min(axis=1), abs=1)


def test_a_side_of_many_units():
    """784 visible and 3 hidden: log Z by the eight hidden states; no list of visible ones."""
    rng = RNG(19)
    W, b, c = 0.1 * rng.normal(size=(3, 784)), rng.normal(size=784), rng.normal(size=3)
    by_hand = np.log(sum(np.exp(h @ c + np.logaddexp(0, b + h @ W).sum() - 600) for h in states(3))) + 600
    assert r.rbm_log_partition(W, b, c) == pytest.approx(by_hand, rel=1e-13)
    assert r.rbm_log_partition_adjoint(W, b, c, 1.0)[0].shape == (3, 784)


def test_errors_name_the_argument():
    frozen = r.rbm_potential(D, M, 1e300)
    for words, call in (
        (r"^W: expected shape \(m, d\), got \(3,\)$", lambda: r.rbm_log_partition(B, B, C)),
        (r"^b: expected shape \(3,\), got \(4,\)$", lambda: r.rbm_log_partition(W, C, C)),
        (r"^c: expected shape \(4,\), got \(3,\)$", lambda: r.rbm_free_energy(V, W, B, B)),
        (r"^v: expected shape \(3,\) or \(n, 3\), got \(16, 4\)$", lambda: r.rbm_free_energy(H, W, B, C)),
        (r"^W: expected parameters at which nothing overflows", lambda: r.rbm_energy(1e149 * V, 1e149 * H[:8], 1e149 * W, B, C)),
        (r"^h: expected 8 rows, as v has, got 16$", lambda: r.rbm_energy(V, H, W, B, C)),
        (r"^W: expected at most 19 units on the smaller side, got 20$", lambda: r.rbm_log_partition(*machine(20, 21))),
        (r"^W: expected arrays of at most 4 GiB", lambda: r.rbm_log_partition(*machine(19, 1025))),
        (r"^hidden: expected at most 16, got 17$", lambda: r.rbm(3, 17)),
        (r"^W: expected real numbers", lambda: r.rbm_gibbs(W + 1e-20j, B, C)),
        (r"^v: expected units that are 0 or 1, got 2 of 3", lambda: r.contrastive_divergence([[0.5, 0.5, 1]], 2, RNG(0))),
        (r"^v: expected shape \(n, d\), got \(3,\)$", lambda: r.contrastive_divergence(V[0], 2, RNG(0))),
        (r"^chains: expected shape \(n, 3\), got", lambda: r.contrastive_divergence(V, 2, RNG(0), chains=H)),
        (r"^y: expected units in \[0, 1\], got one of 3$", lambda: r.start(r.rbm_potential(D, M), 3 * V, RNG(0))),
        (r"^w: expected parameters at which nothing overflows", lambda: frozen(V, 1e100 * PARAMETERS)),
        (r"^w: expected parameters at which nothing overflows", lambda: frozen.adjoint(V, 1e100 * PARAMETERS, None, np.ones(8))),
        (r"^z: expected some of the 16 latents", lambda: r.rbm(D, M)(V, H / 2, PARAMETERS)),
    ):  # fmt: skip
        with np.errstate(all="raise"), pytest.raises((TypeError, ValueError), match=words):
            call()
