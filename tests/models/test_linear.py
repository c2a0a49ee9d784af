"""PCA and k-means: one energy, two kinds of latent; learned by the same `learn`, held against the SVD and all partitions."""

from itertools import product

import numpy as np
import pytest
from gradients import check_adjoint

import refebm as r
from refebm.models.linear import Linear

RNG = np.random.default_rng
PLANE = RNG(0).normal(size=(40, 5)) * [4, 2, 1, 0.5, 0.25] @ np.linalg.qr(RNG(1).normal(size=(5, 5)))[0]
PCA = r.pca(5, 2)
F = r.marginal(PCA, r.least_squares, np.inf)

# good arguments, for test_arguments.py
Y, W, M = np.array([[0.3, 1.2], [-1.0, 0.4]]), np.array([[1.0], [2.0]]), np.array([[0.0, 1.0], [-1.0, 0.5], [3.0, 1.0]])
GOOD = {
    "pca": {"dim": 3, "latent": 2},
    "least_squares": {"energy": r.pca(2, 1), "y": Y, "w": W.ravel(), "x": None},
    "pca_free_energy": {"y": Y, "W": W},
    "pca_free_energy_adjoint": {"y": Y, "W": W, "F_bar": [1.0, 2.0]},
    "kmeans": {"dim": 3, "clusters": 2},
    "kmeans_free_energy": {"y": Y, "M": M},
    "kmeans_free_energy_adjoint": {"y": Y, "M": M, "F_bar": [1.0, 2.0]},
    "lloyd_step": {"y": Y, "M": M},
}


def blobs(n, d, k, seed):
    rng = RNG(seed)
    return (rng.normal(size=(k, d)) * 3)[rng.integers(k, size=n)] + rng.normal(size=(n, d))


# --- PCA


@pytest.mark.parametrize("energy", [PCA, r.kmeans(5, 3)], ids=["pca", "kmeans"])
def test_N5_energy_adjoint(energy):
    rng = RNG(2)
    y, w = rng.normal(size=(3, 5)), rng.normal(size=energy.size)
    for shape in ((1, 4, energy.latent), (3, 2, energy.latent)):
        z = rng.normal(size=shape)
        check_adjoint(
            lambda y, z, w: energy.value(y, z, w, None),
            lambda y, z, w, E_bar: energy.adjoint(y, z, w, None, E_bar),
            (y, z, w),
            rng,
        )


def test_N5_energy_is_the_squared_distance_from_the_point_of_the_latent():
    rng = RNG(3)
    y, z, W, M = rng.normal(size=(4, 5)), rng.normal(size=(6, 2)), rng.normal(size=(5, 2)), rng.normal(size=(3, 5))
    assert PCA(y, z, W.ravel()) == pytest.approx(np.square(y[:, None] - z @ W.T).sum(axis=2), rel=1e-13)
    energy = r.kmeans(5, 3)
    assert energy(y, energy.latents, M.ravel()) == pytest.approx(np.square(y[:, None] - M).sum(axis=2), rel=1e-13)
    with pytest.raises(ValueError, match=r"^z: expected some of the 3 latents that there are, got 1 others"):
        energy(y, [[0.5, 0.5, 0.0]], M.ravel())


def test_N5_no_latent_is_better_than_least_squares():
    rng = RNG(4)
    w = rng.normal(size=10)
    z = r.least_squares(PCA, PLANE, w)
    assert z.shape == (40, 1, 2)
    assert (PCA(PLANE, z + 1e-3 * rng.normal(size=(40, 50, 2)), w) > PCA(PLANE, z, w)).all()
    found = r.search(PCA, PLANE[:3], w, rng=rng, starts=2)
    assert found.z == pytest.approx(z[:3, 0], rel=1e-6)


@pytest.mark.parametrize("shape", [(5, 2), (3, 3), (2, 4), (4, 1)])
@pytest.mark.parametrize("rank", [0, 1, 2, 4])
def test_N5_closed_form_at_any_rank(shape, rank):
    """The distance from the span of orthonormal columns made of it; of all latents of least energy the shortest."""
    rng = RNG(5)
    rank = min(rank, *shape)
    Q = np.linalg.qr(rng.normal(size=(shape[0], max(rank, 1))))[0][:, :rank]
    y, W = rng.normal(size=(6, shape[0])), Q @ rng.normal(size=(rank, shape[1]))
    truth = np.square(y - y @ Q @ Q.T).sum(axis=1)
    assert r.pca_free_energy(y, W) == pytest.approx(truth, rel=1e-12, abs=1e-28)
    assert r.pca_free_energy(y[0], W) == pytest.approx(truth[0], rel=1e-12, abs=1e-28)
    energy = r.pca(*shape)
    assert r.free_energy(energy, y, r.least_squares, W.ravel(), np.inf) == pytest.approx(truth, rel=1e-12, abs=1e-28)
    z = r.least_squares(energy, y, W.ravel())[:, 0]
    assert z == pytest.approx(y @ np.linalg.pinv(W, rcond=1e-12).T, rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("angle", [1e-3, 1e-9, 1e-13])
def test_N5_columns_that_are_nearly_the_same_span_a_plane(angle):
    Q = np.linalg.qr(RNG(10).normal(size=(4, 2)))[0]
    y = RNG(11).normal(size=(5, 4))
    W = np.stack([Q[:, 0], Q[:, 0] + angle * Q[:, 1]], axis=1)
    assert r.pca_free_energy(y, W) == pytest.approx(np.square(y - y @ Q @ Q.T).sum(axis=1), rel=1e-14 / angle)


def test_N5_only_the_span_counts():
    rng = RNG(6)
    W, A = rng.normal(size=(5, 2)), rng.normal(size=(2, 2))
    assert r.pca_free_energy(PLANE, W @ A) == pytest.approx(r.pca_free_energy(PLANE, W), rel=1e-11)
    F_W, F_A = (
        r.pca_free_energy_adjoint(PLANE, W, np.ones(40))[1],
        r.pca_free_energy_adjoint(PLANE, W @ A, np.ones(40))[1],
    )
    assert F_A @ A.T == pytest.approx(F_W, rel=1e-10)  # so the slope of a change W A is 0:
    assert np.abs(W.T @ F_W).max() < 1e-12 * np.abs(F_W).max()


def test_N5_pca_adjoint_is_the_envelopes():
    rng = RNG(7)
    y, W = rng.normal(size=(3, 5)), rng.normal(size=(5, 2))
    check_adjoint(r.pca_free_energy, r.pca_free_energy_adjoint, (y, W), rng, complex_step=False)
    check_adjoint(
        lambda y, w: F.value(y, w, None), lambda y, w, F_bar: F.adjoint(y, w, None, F_bar), (y, W.ravel()), rng
    )
    bars = r.pca_free_energy_adjoint(y, W, [1.0, 2.0, 3.0])
    y_bar, w_bar = F.adjoint(y, W.ravel(), None, np.array([1.0, 2.0, 3.0]))
    assert bars[0] == pytest.approx(y_bar, rel=1e-12)
    assert bars[1].ravel() == pytest.approx(w_bar, rel=1e-12)


@pytest.mark.parametrize("latent", [1, 2, 4])
def test_N5_learning_finds_the_principal_subspace(latent):
    """Baldi and Hornik (1989): no minimum but the global one. Its loss is what the SVD leaves."""
    energy = r.pca(5, latent)
    F = r.marginal(energy, r.least_squares, np.inf)
    U, s, _ = np.linalg.svd(PLANE.T)
    for seed in range(3):
        found = r.learn(F, PLANE, r.start(F, PLANE, RNG(seed)))
        assert found.success
        assert found.fun == pytest.approx(np.square(s[latent:]).sum() / 40, rel=1e-11)
        Q = np.linalg.qr(found.w.reshape(5, latent))[0]
        assert pytest.approx(U[:, :latent] @ U[:, :latent].T, abs=1e-6) == Q @ Q.T


def test_N5_no_other_choice_of_directions_is_a_minimum():
    """The slope is 0 at any two of the principal directions, and falls along a turn from one of them to a larger one left out."""
    U, s, _ = np.linalg.svd(PLANE.T)
    for kept in ((0, 2), (1, 3), (3, 4)):
        W = U[:, list(kept)]
        loss, w_bar = r.loss_functional(F, PLANE, W.ravel())
        assert np.abs(w_bar).max() < 1e-13
        assert loss == pytest.approx((np.square(s).sum() - np.square(s[list(kept)]).sum()) / 40, rel=1e-12)
        missing = min(set(range(5)) - set(kept))
        turned = np.cos(0.01) * W[:, 1] + np.sin(0.01) * U[:, missing]
        assert r.loss_functional(F, PLANE, np.stack([W[:, 0], turned], axis=1).ravel())[0] < loss


def test_N5_least_squares_refuses_what_it_does_not_fit():
    other = r.Energy(lambda y, z, w, x: (y[:, :1] - z[..., 0]) ** 2, lambda *a: (), 2)
    for energy in (r.ellipse, r.kmeans(2, 2), other):
        with pytest.raises(ValueError, match=r"^energy: expected one that `pca` makes, for which this rule holds, got"):
            r.least_squares(energy, Y, np.ones(energy.size))
    with pytest.raises(ValueError, match=r"^energy: expected one with a finite set of latents"):
        r.exhaustive(PCA, PLANE, np.ones(10))
    with pytest.raises(ValueError, match=r"^energy: expected latents that are real numbers"):
        r.search(r.kmeans(2, 2), Y, np.ones(4), rng=RNG(0))


# --- k-means


def partitions(y, k):
    """Every assignment's least mean energy: clusters' means are the best of their points."""
    for choice in product(range(k), repeat=len(y)):
        c = np.array(choice)
        yield sum(np.square(y[c == j] - y[c == j].mean(axis=0)).sum() for j in set(choice)) / len(y)


def run_lloyd(y, M):
    """M after every step, the start first, until none moves."""
    path = [M]
    while len(path) < 2 or not np.array_equal(path[-1], path[-2]):
        path.append(r.lloyd_step(y, path[-1]))
    return path


@pytest.mark.parametrize(("n", "d", "k"), [(8, 2, 2), (8, 2, 3), (9, 1, 2), (7, 3, 4)])
def test_N5_the_best_of_all_partitions(n, d, k):
    """No M does better than the best partition; Lloyd's steps from all choices of k observations reach it here."""
    y = blobs(n, d, k, seed=n + d + k)
    best = min(partitions(y, k))
    ends = [run_lloyd(y, y[list(c)])[-1] for c in product(range(n), repeat=k) if len(set(c)) == k]
    losses = np.array([r.kmeans_free_energy(y, M).mean() for M in ends])
    assert losses.min() == pytest.approx(best, rel=1e-12)
    assert (losses >= best * (1 - 1e-12)).all()
    M = ends[int(losses.argmin())]
    assert np.array_equal(r.lloyd_step(y, M), M)
    for seed in range(20):
        assert r.kmeans_free_energy(y, M + RNG(seed).normal(size=M.shape)).mean() >= best


@pytest.mark.parametrize("seed", range(10))
def test_N5_lloyd_never_rises_and_ends(seed):
    y = blobs(60, 2, 4, seed)
    energy = r.kmeans(2, 4)
    path = run_lloyd(y, r.start(energy, y, RNG(seed)).reshape(4, 2))
    losses = np.array([r.kmeans_free_energy(y, M).mean() for M in path])
    assert (np.diff(losses) <= 1e-14 * losses[:-1]).all()
    assert losses[-1] < losses[0]
    # the same free energy, by its gradient: 0 where Lloyd ends
    F = r.marginal(energy, energy.latents, np.inf)
    assert np.abs(r.loss_functional(F, y, path[-1].ravel())[1]).max() < 1e-13


def test_N5_where_the_gradient_ends_lloyd_stays():
    """Both solve the same equations: each mean is that of its own."""
    y = blobs(60, 2, 3, seed=1)
    energy = r.kmeans(2, 3)
    F = r.marginal(energy, energy.latents, np.inf)
    ends = []
    for seed in range(6):
        w = r.start(F, y, RNG(seed))
        found = r.learn(F, y, w, method="gd", rate=0.5, steps=2000, tol=1e-10)
        assert found.success
        assert r.lloyd_step(y, found.w.reshape(3, 2)) == pytest.approx(found.w.reshape(3, 2), abs=1e-8)
        ends.append((found.fun, r.kmeans_free_energy(y, run_lloyd(y, w.reshape(3, 2))[-1]).mean()))
    best = np.min(ends, axis=0)
    assert best[0] == pytest.approx(best[1], rel=1e-12)


def test_N5_kmeans_is_exhaustive_inference():
    rng = RNG(8)
    y, M = rng.normal(size=(50, 3)), rng.normal(size=(4, 3))
    energy = r.kmeans(3, 4)
    truth = np.square(y[:, None] - M).sum(axis=2)
    assert r.kmeans_free_energy(y, M) == pytest.approx(truth.min(axis=1), rel=1e-14)
    assert r.kmeans_free_energy(y[0], M) == pytest.approx(truth[0].min(), rel=1e-14)
    assert np.array_equal(r.exhaustive(energy, y, M.ravel())[:, 0], np.eye(4)[truth.argmin(axis=1)])
    assert r.free_energy(energy, y, r.exhaustive, M.ravel(), np.inf) == pytest.approx(truth.min(axis=1), rel=1e-14)
    check_adjoint(r.kmeans_free_energy, r.kmeans_free_energy_adjoint, (y, M), rng, complex_step=False)


def test_N5_at_a_border_neighbours_share():
    M = np.array([[-1.1, 0.3], [1.1, 0.3], [0.0, 9.0]])
    y = np.array([[0.0, 0.7]])
    assert np.array_equal(r.gibbs_weights(r.kmeans(2, 3), y, np.eye(3), M.ravel(), np.inf), [[0.5, 0.5, 0]])
    y_bar, M_bar = r.kmeans_free_energy_adjoint(y, M, [1.0])
    assert y_bar == pytest.approx(np.array([[0, 0.8]]), abs=1e-15)
    assert M_bar == pytest.approx(np.array([[-1.1, -0.4], [1.1, -0.4], [0, 0]]), rel=1e-14, abs=1e-15)
    # both move half-way's share; the third, nearest to none, stays
    assert np.array_equal(r.lloyd_step(y, M), [[0, 0.7], [0, 0.7], [0, 9]])
    # a border point that rounding puts on one side is still at the border
    M = np.array([[0.1], [0.3]])
    assert np.array_equal(r.gibbs_weights(r.kmeans(1, 2), [[0.2]], np.eye(2), M.ravel(), np.inf), [[0.5, 0.5]])


def test_N5_warm_clusters_part_at_the_known_temperature():
    """All means at the data's is a minimum below beta = 1/(2 lambda_1) and a saddle above: the loss falls along u_1 alone."""
    y = blobs(60, 2, 3, seed=1)
    values, U = np.linalg.eigh(np.cov(y.T, bias=True))
    energy, centre = r.kmeans(2, 3), np.tile(y.mean(axis=0), (3, 1))
    for factor in (0.5, 0.98, 1.02, 2.0):
        F = r.marginal(energy, energy.latents, factor / (2 * values[-1]))
        loss, w_bar = r.loss_functional(F, y, centre.ravel())
        assert np.abs(w_bar).max() < 1e-13
        for u, falls in ((U[:, 1], factor > 1), (U[:, 0], factor * values[0] > values[1])):
            apart = centre + 0.005 * np.array([[1.0], [0.0], [-1.0]]) * u
            gain = loss - r.loss_functional(F, y, apart.ravel())[0]
            assert (gain > 0) == falls
            curvature = 2 / 3 * 0.005**2 * (1 - factor * (u @ np.cov(y.T, bias=True) @ u) / values[-1])
            assert -gain == pytest.approx(curvature, abs=1e-8)
        found = r.learn(F, y, (centre + 0.1 * RNG(0).normal(size=(3, 2))).ravel(), tol=1e-9)
        assert (np.ptp(found.w.reshape(3, 2), axis=0).max() > 1e-2) == (factor > 1)


def test_N5_starts():
    y = blobs(30, 5, 3, seed=2)
    M = r.start(r.kmeans(5, 4), y, RNG(0)).reshape(4, 5)
    assert len({tuple(m) for m in M} & {tuple(v) for v in y}) == 4
    assert r.start(r.kmeans(5, 4), y[:2], RNG(0)).shape == (20,)
    w = r.start(r.pca(5, 5), 1e6 * y, RNG(0))
    assert w.std() == pytest.approx(1e6 * np.sqrt(np.square(y).mean()), rel=0.5)


def test_N6_the_volume_of_low_energy_is_bounded():
    """k-means: K balls at most. PCA: in a ball of radius R, a ball of the span times one across it. Counted on a grid."""
    axis = np.linspace(-3, 3, 241)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    cell = (axis[1] - axis[0]) ** 2
    rng = RNG(9)
    for c in (0.05, 0.5, 2.0):
        M, W = rng.normal(size=(3, 2)), rng.normal(size=(2, 1))
        assert (r.kmeans_free_energy(grid, M) <= c).sum() * cell <= 3 * np.pi * c * 1.05
        inside = np.hypot(*grid.T) <= 3
        assert (r.pca_free_energy(grid[inside], W) <= c).sum() * cell <= 2 * 3 * 2 * np.sqrt(c) * 1.05


def test_parts_say_what_they_are():
    assert r.pca(5, 2).boxes == Linear(5, 2, columns=True)
    assert r.kmeans(5, 2).boxes == Linear(5, 2, columns=False)
    with pytest.raises(ValueError, match=r"^W: expected shape \(d, l\), got \(2,\)"):
        r.pca_free_energy(Y, [1.0, 2.0])
    with pytest.raises(ValueError, match=r"^M: expected shape \(k, d\), got \(2,\)"):
        r.kmeans_free_energy(Y, [1.0, 2.0])
    with pytest.raises(ValueError, match=r"^y: expected shape \(3,\) or \(n, 3\), got \(2, 2\)"):
        r.pca_free_energy(Y, np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"^W: expected a matrix at which no slope overflows"):
        r.pca_free_energy_adjoint(Y, W * 1e-310, [1.0, 1.0])
