"""The Lagrangian: its theorem at any states and multipliers, and the recursion that it gives, by hand and in general."""

import numpy as np
import pytest
from gradients import check_adjoint
from hypothesis import given, settings
from hypothesis import strategies as st

from refebm.parts.chains import (
    Chain,
    Stage,
    lagrangian,
    lagrangian_adjoint,
    multipliers,
    multipliers_tangent,
    residuals,
    states,
    states_tangent,
)
from refebm.parts.networks import affine, mlp

RNG = np.random.default_rng
TARGET = RNG(9).normal(size=(4, 2))
COSTS = {
    "squared error": (lambda v: np.square(v - TARGET).sum(), lambda v: 2 * (v - TARGET)),
    "linear": (lambda v: (TARGET * v).sum(), lambda v: TARGET + 0 * v),
    "quartic": (lambda v: (v**4).sum() + (v[:, 0] * v[:, 1]).sum(), lambda v: 4 * v**3 + v[:, ::-1]),
}
CHAINS = {
    "tanh": mlp([3, 5, 4, 2], "tanh"),
    "softplus": mlp([3, 4, 2], "softplus"),
    "one stage": Chain((affine(3, 2),)),
}
X = RNG(0).normal(size=(4, 3))


def parameters(chain, seed=1):
    return RNG(seed).normal(size=chain.size)


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("name", CHAINS)
def test_L22_gradient_in_w_and_x(name, cost):
    chain, (C, dC) = CHAINS[name], COSTS[cost]

    def adjoint(x, w, bar):
        z = states(chain, x, w)
        lam, w_bar = multipliers(chain, z, w, bar * dC(z[-1]))
        return lam[0], w_bar

    check_adjoint(lambda x, w: C(states(chain, x, w)[-1]), adjoint, [X, parameters(chain)], RNG(2), directions=1)


def test_L20_forward_states_satisfy_the_constraints():
    for chain in CHAINS.values():
        w = parameters(chain)
        z = states(chain, X, w)
        assert len(z) == len(chain.stages) + 1
        assert z[0] is X
        assert all(not r.any() for r in residuals(chain, X, z, w))


@pytest.mark.parametrize("name", CHAINS)
def test_L21_partial_derivatives_at_any_states_and_multipliers(name):
    # neither the forward states nor the adjoint solution: anywhere
    chain, (C, dC) = CHAINS[name], COSTS["quartic"]
    w = parameters(chain)
    z = [v + RNG(3).normal(size=v.shape) for v in states(chain, X, w)]
    lam = [RNG(4 + k).normal(size=v.shape) for k, v in enumerate(z)]
    z_bar, w_bar = lagrangian_adjoint(chain, dC(z[-1]), z, lam, w)
    lam_bar = residuals(chain, X, z, w)
    scale = max(np.abs(bar).max() for bar in [*z_bar, *lam_bar, w_bar])

    def along(k, dot, z=z, lam=lam):
        moved_z = [v + 1e-100j * dot if i == k else v for i, v in enumerate(z)]
        moved_lam = [v + 1e-100j * dot if i + 100 == k else v for i, v in enumerate(lam)]
        moved_w = w + 1e-100j * dot if k == "w" else w
        return lagrangian(chain, C, X, moved_z, moved_lam, moved_w).imag / 1e-100

    for k, bar in [*enumerate(z_bar), *((k + 100, bar) for k, bar in enumerate(lam_bar)), ("w", w_bar)]:
        dot = RNG(7).normal(size=bar.shape)
        assert along(k, dot) == pytest.approx((bar * dot).sum(), abs=1e-12 * scale * bar.size)


@pytest.mark.parametrize("name", CHAINS)
def test_L22_stationary_exactly_at_the_forward_and_adjoint_solutions(name):
    chain, (C, dC) = CHAINS[name], COSTS["squared error"]
    w = parameters(chain)
    z = states(chain, X, w)
    lam, w_bar = multipliers(chain, z, w, dC(z[-1]))
    z_bar, at = lagrangian_adjoint(chain, dC(z[-1]), z, lam, w)
    assert all(not bar.any() for bar in z_bar)
    assert np.array_equal(at, w_bar)  # there, and only there, the gradient in w is the loss's
    assert lagrangian(chain, C, X, z, lam, w) == C(z[-1])
    # other multipliers, other states: not stationary, and another gradient in w
    for k in range(len(lam)):
        moved = [v + 0.1 * (i == k) for i, v in enumerate(lam)]
        off, w_off = lagrangian_adjoint(chain, dC(z[-1]), z, moved, w)
        assert max(np.abs(bar).max() for bar in off) > 0.05
        if k > 0 and chain.stages[k - 1].shapes:
            assert np.abs(w_off - w_bar).max() > 1e-3
        moved = [v + 0.1 * (i == k) for i, v in enumerate(z)]
        assert max(np.abs(r).max() for r in residuals(chain, X, moved, w)) > 0.05


def test_L22_the_lectures_sign_has_minus_the_gradient():
    # with the constraint written z_{k+1} - g_k, the Lagrangian is stationary at minus the multipliers
    chain, (C, dC) = CHAINS["tanh"], COSTS["squared error"]
    w = parameters(chain)
    z = states(chain, X, w)
    lam, _ = multipliers(chain, z, w, dC(z[-1]))

    def lecture(z, mu):
        return C(z[-1]) + sum((m * -r).sum() for m, r in zip(mu, residuals(chain, X, z, w), strict=True))

    for k in range(len(z)):
        dot = RNG(k).normal(size=z[k].shape)
        moved = [v + 1e-100j * dot if i == k else v for i, v in enumerate(z)]
        assert abs(lecture(moved, [-v for v in lam]).imag) < 1e-112
        # the conditions at k < K are homogeneous in the multipliers; only the last has the sign
        assert (abs(lecture(moved, lam).imag) > 1e-101) == (k == len(z) - 1)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=5), st.integers(1, 4), st.integers(0, 2**32))
def test_L22_recursion_is_the_product_of_jacobians(widths, n, seed):
    chain = mlp(widths, "tanh")
    rng = RNG(seed)
    w, x, bar = rng.normal(size=chain.size), rng.normal(size=(n, widths[0])), rng.normal(size=(n, widths[-1]))
    z = states(chain, x, w)
    lam, _ = multipliers(chain, z, w, bar)
    for row in range(n):
        product = np.eye(widths[0])
        for w_k, z_k in zip(chain.parameters(w), z[:-1], strict=True):
            J = w_k[0] if w_k else np.diag(1 - np.tanh(z_k[row]) ** 2)
            product = J @ product
        assert lam[0][row] == pytest.approx(bar[row] @ product, rel=1e-9, abs=1e-12)


def test_L22_the_small_mlp_by_hand():
    # 1 -> 8 -> 8 -> 2 with ReLU, line by line
    chain = mlp([1, 8, 8, 2])
    w = parameters(chain)
    x, bar = RNG(5).normal(size=(6, 1)), RNG(6).normal(size=(6, 2))
    W1, b1, W2, b2, W3, b3 = w[:8, None], w[8:16], w[16:80].reshape(8, 8), w[80:88], w[88:104].reshape(2, 8), w[104:]
    z1 = x @ W1.T + b1
    z2 = np.maximum(z1, 0)
    z3 = z2 @ W2.T + b2
    z4 = np.maximum(z3, 0)
    z5 = z4 @ W3.T + b3
    l5 = bar
    l4 = l5 @ W3
    l3 = l4 * (z3 > 0)
    l2 = l3 @ W2
    l1 = l2 * (z1 > 0)
    l0 = l1 @ W1
    gradient = [l1.T @ x, l1.sum(0), l3.T @ z2, l3.sum(0), l5.T @ z4, l5.sum(0)]
    z = states(chain, x, w)
    lam, w_bar = multipliers(chain, z, w, bar)
    for mine, general in zip([x, z1, z2, z3, z4, z5], z, strict=True):
        assert np.array_equal(mine, general)
    for mine, general in zip([l0, l1, l2, l3, l4, l5], lam, strict=True):
        assert np.array_equal(mine, general)
    assert np.concatenate([g.ravel() for g in gradient]) == pytest.approx(w_bar, rel=1e-14)


def test_L20_parameters_are_views_that_cover_w_once():
    chain = mlp([2, 3, 4, 1])
    w = np.arange(float(chain.size))
    parts = [a for stage in chain.parameters(w) for a in stage]
    assert [a.shape for a in parts] == [(3, 2), (3,), (4, 3), (4,), (1, 4), (1,)]
    assert np.array_equal(np.concatenate([a.ravel() for a in parts]), w)
    assert all(np.shares_memory(a, w) for a in parts)


def quartic_moves(chain, x, w, x_dot, w_dot):
    """How the gradients of the quartic cost in x and w move."""
    dC = COSTS["quartic"][1]
    z = states(chain, x, w)
    lam, _ = multipliers(chain, z, w, dC(z[-1]))
    z_dot = states_tangent(chain, z, w, x_dot, w_dot)
    v, v_dot = z[-1], z_dot[-1]
    lam_dot, w_bar_dot = multipliers_tangent(chain, z, lam, w, z_dot, w_dot, 12 * v**2 * v_dot + v_dot[:, ::-1])
    return z_dot, lam_dot, w_bar_dot


@pytest.mark.parametrize("widths", [[3, 2], [3, 5, 4, 2]])
def test_L22_how_states_and_multipliers_move(widths):
    chain = mlp(widths, "tanh")
    w, x_dot, w_dot = parameters(chain), RNG(2).normal(size=X.shape), parameters(chain, 3)
    z_dot, lam_dot, w_bar_dot = quartic_moves(chain, X, w, x_dot, w_dot)
    z = states(chain, X + 1e-100j * x_dot, w + 1e-100j * w_dot)
    lam, w_bar = multipliers(chain, z, w + 1e-100j * w_dot, COSTS["quartic"][1](z[-1]))
    for mine, truth in zip([*z_dot, *lam_dot, w_bar_dot], [*z, *lam, w_bar], strict=True):
        truth = truth.imag / 1e-100
        assert np.abs(mine - truth).max() <= 1e-13 * np.abs(truth).max()


def test_L22_a_stage_without_tangents_has_no_second_derivatives():
    chain = Chain((Stage(lambda z: 2 * z, lambda z, v_bar: (2 * v_bar,)),))
    z = states(chain, X, np.zeros(0))
    assert np.array_equal(multipliers(chain, z, np.zeros(0), X)[0][0], 2 * X)
    with pytest.raises(ValueError, match=r"^stage: expected a tangent"):
        states_tangent(chain, z, np.zeros(0), X, np.zeros(0))


@pytest.mark.parametrize("activation", ["tanh", "softplus", "relu"])
def test_L22_second_derivatives_are_symmetric_and_those_of_the_gradient(activation):
    chain = mlp([3, 6, 5, 2], activation)
    w = parameters(chain)
    z = states(chain, X, w)
    dots = [(RNG(k).normal(size=X.shape), parameters(chain, k + 5)) for k in range(2)]
    products = []
    for x_dot, w_dot in dots:
        _, lam_dot, w_bar_dot = quartic_moves(chain, X, w, x_dot, w_dot)
        products.append((lam_dot[0], w_bar_dot))

        def slope(t, x_dot=x_dot, w_dot=w_dot):
            z = states(chain, X + t * x_dot, w + t * w_dot)
            lam, w_bar = multipliers(chain, z, w + t * w_dot, COSTS["quartic"][1](z[-1]))
            return np.concatenate([lam[0].ravel(), w_bar])

        h = 1e-5  # no unit of the ReLU network changes sides within it
        moved = states(chain, X + h * x_dot, w + h * w_dot)
        assert all((np.sign(a) == np.sign(b)).all() for a, b in zip(moved[1:], z[1:], strict=True))
        differences = (slope(h) - slope(-h)) / (2 * h)
        mine = np.concatenate([lam_dot[0].ravel(), w_bar_dot])
        assert np.abs(differences - mine).max() <= 1e-7 * np.abs(mine).max()
    a, b = ((x_bar * x).sum() + w_bar @ w for (x_bar, w_bar), (x, w) in zip(products, dots[::-1], strict=True))
    assert a == pytest.approx(b, rel=1e-12)
