"""The hot loop says what the plain one says: any size, any beta, ties, priors, own codes, underflow, threads."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refebm as r
from refebm import decoded
from refebm.energies import manifold
from refebm.energies.manifold import Manifold, moments
from refebm.numerics import cores
from refebm.numerics.cores import shares

RNG = np.random.default_rng
BETAS = [1e-300, 1e-3, 0.7, 30.0, 1e4, 1e300, np.inf]


def plain(energy, y, z, w, beta, x=None, p=None):
    """The general path: without its table the decoder is any decoder."""
    other = decoded(replace(energy.boxes.decoder, table=None), energy.boxes.predictor)
    return r.free_energy_and_adjoint(other, y, z, w, beta, 1.0, x, p)


def close(found, exact, scale):
    for a, b in zip(found, exact, strict=True):
        assert np.abs(a - b).max() <= 1e-13 * (np.abs(b).max() + scale)


@pytest.mark.parametrize("beta", [0.0, *BETAS])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (25, 48), (700, 300), (5, 140_000)])
def test_C13_C16_the_ellipse_as_any_energy(shape, beta):
    n, k = shape
    y, w = RNG(n).normal(size=(n, 2)) * 2, np.array([1.3, 0.6])
    found, exact = (f(r.ellipse, y, r.latent_grid(k) + 0.1, w, beta) for f in (r.free_energy_and_adjoint, plain))
    close(found[:2], exact[:2], 3.0)
    close(found[2:], exact[2:], 3.0 * n)
    assert found[0] == pytest.approx(exact[0], rel=1e-13)
    slope = r.free_energy_and_slope(r.ellipse, y, r.latent_grid(k) + 0.1, w, beta)
    assert np.array_equal(slope[0], found[0])
    assert np.array_equal(slope[1], found[1])
    alone = r.free_energy_and_slope(r.ellipse, y[0], r.latent_grid(k) + 0.1, w, beta)
    assert alone[0].shape == ()
    assert alone[1] == pytest.approx(found[1][0], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("beta", BETAS)
def test_C27_the_horn_as_any_energy(beta):
    x, w = RNG(0).uniform(0, 1, (40, 1)), RNG(1).normal(size=r.horn.size)
    y, z = RNG(2).normal(size=(40, 2)), r.latent_grid(31)
    found, exact = (f(r.horn, y, z, w, beta, x=x) for f in (r.free_energy_and_adjoint, plain))
    close(found[:2], exact[:2], 3.0)
    close(found[2:], exact[2:], np.abs(exact[2]).max())


@given(st.lists(st.integers(0, 3), min_size=2, max_size=9).filter(any), st.sampled_from(BETAS))
def test_L15_priors_with_zeros(p, beta):
    y, w, z = RNG(3).normal(size=(6, 2)), np.array([1.5, 2.0]), np.linspace(0, 3, len(p))
    found, exact = (f(r.ellipse, y, z, w, beta, p=p) for f in (r.free_energy_and_adjoint, plain))
    close(found, exact, 10.0)
    kept = np.array(p) > 0
    left_out = r.free_energy(r.ellipse, y, z[kept], w, beta, p=np.array(p)[kept])
    assert r.free_energy(r.ellipse, y, z, w, beta, p=p) == pytest.approx(left_out, rel=1e-15)


def test_C15_ties_share_their_weight():
    """At the centre of a circle all points tie; on an axis two do; elsewhere one is alone."""
    z, w = np.array([-1.0, 0.0, 1.0, 3.0]), np.array([2.0, 2.0])
    y = np.array([[-1.0, 0.0], [5.0, 0.0], [0.3, 0.8]])
    y_bar = r.free_energy_and_adjoint(r.ellipse, y, z, w, np.inf)[1]
    best = [[3], [1], [2]]
    for n, rows in enumerate(best):
        g = 2 * np.stack([np.cos(z[rows]), np.sin(z[rows])], axis=1).mean(axis=0)
        assert y_bar[n] == pytest.approx(2 * (y[n] - g), rel=1e-15)
    pair = r.free_energy_and_adjoint(r.ellipse, [[4.0, 0.0]], z[[0, 2, 3]], w, np.inf)
    assert pair[1][0] == pytest.approx([2 * (4 - 2 * np.cos(1)), 0.0], rel=1e-15, abs=1e-15)
    centre = r.free_energy_and_adjoint(r.ellipse, np.zeros((2, 2)), np.array([0, np.pi / 2]), w, np.inf)
    assert centre[1] == pytest.approx(np.full((2, 2), -2.0), rel=1e-15)


@pytest.mark.parametrize("beta", [1e-9, 1e-3, 250.0, 1e5])
def test_C13_rows_that_need_care_are_as_good_as_others(beta):
    """Weights near 1, and weights that underflow, in one batch with plain rows: relative error of F and of the slope."""
    y = np.array([[0.0, 0.0], [1.5, 0.0], [40.0, -3.0], [1e-3, 1.9], [1e4, 1e4]])
    w, z = np.array([1.5, 2.0]), r.latent_grid(64)
    found, exact = (f(r.ellipse, y, z, w, beta) for f in (r.free_energy_and_adjoint, plain))
    assert found[0] == pytest.approx(exact[0], rel=4e-15)
    for n in range(len(y)):
        assert np.abs(found[1][n] - exact[1][n]).max() < 1e-14 * (np.abs(y[n]).max() + 2)


def test_parts_are_whole_even_and_small(monkeypatch):
    for count in (1, 2, 7):
        monkeypatch.setattr(cores, "CORES", count)
        for n, k in ((1, 1), (24, 48), (1000, 48), (10_000, 256), (999_983, 128), (3, 10**7)):
            size = manifold.GROUP * cores.TILE
            parts = shares(n, k, size)
            assert parts[0].start == 0
            assert parts[-1].stop == n
            assert all(a.stop == b.start for a, b in zip(parts, parts[1:], strict=False))
            assert max(t.stop - t.start for t in parts) * k <= max(size, k)
            if n * k <= cores.ALONE:
                assert len(parts) == 1
            elif n > count:
                assert len(parts) >= min(count, n * k // cores.ALONE)


def test_threads_and_their_number_change_nothing_but_the_order_of_sums(monkeypatch):
    y, w, z = RNG(4).normal(size=(3000, 2)), np.array([1.5, 2.0]), r.latent_grid(96)
    together = r.free_energy_and_adjoint(r.ellipse, y, z, w, 1.0)
    again = r.free_energy_and_adjoint(r.ellipse, y, z, w, 1.0)
    assert all(np.array_equal(a, b) for a, b in zip(together, again, strict=True))
    with ThreadPoolExecutor(3) as pool:  # the caller's own threads each have their workspace
        for other in pool.map(lambda _: r.free_energy_and_adjoint(r.ellipse, y, z, w, 1.0), range(6)):
            assert all(np.array_equal(a, b) for a, b in zip(together, other, strict=True))
    monkeypatch.setattr(cores, "CORES", 1)
    close(r.free_energy_and_adjoint(r.ellipse, y, z, w, 1.0), together, 1.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_makes_threads_of_its_own():
    y, w, z = RNG(5).normal(size=(3000, 2)), np.array([1.5, 2.0]), r.latent_grid(96)
    F = r.free_energy(r.ellipse, y, z, w, 1.0)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.array_equal(r.free_energy(r.ellipse, y, z, w, 1.0), F) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_an_error_in_a_thread_comes_out():
    def work(i):
        if i == 1:
            raise ArithmeticError("of the second part")

    with pytest.raises(ArithmeticError, match="of the second part"):
        cores.on_all_cores(work, 4)


def test_what_is_kept_does_not_leak_into_results():
    y, T, ones = RNG(6).normal(size=(7, 2)), r.ellipse.boxes.decoder.table(r.latent_grid(11)[:, None]), np.ones(7)
    surface, w = Manifold(T, 2.0), np.array([[1.5, 2.0]])
    results = [surface.value(y, w), *surface.slope(y, w, ones), *surface.gradient(y, w, ones)]
    first = [v.copy() for v in results]
    surface.gradient(y, np.array([[0.2, 0.1]]), np.full(7, 3.0), np.empty((7, 2)))
    for a, b in zip(first, results, strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(first[0], first[1])
    assert np.array_equal(first[0], first[3])
    y_bar = np.empty((7, 2))
    both = surface.gradient(y, w, ones, y_bar)
    assert np.array_equal(y_bar, first[2])
    assert np.array_equal(both[1], first[4])
    F, m1, m2 = moments(y, w, T, 2.0, None)
    assert F == pytest.approx(first[0], rel=1e-14)
    assert first[2] == pytest.approx(2 * (y - w * m1.T), rel=1e-12)
    assert first[4][0] == pytest.approx((2 * (w * m2.T - y * m1.T)).sum(axis=0), rel=1e-12)


@pytest.mark.parametrize("tiny", [1e-30, 1e-62, 1e-99, 1e-100, 1e-200])
def test_L15_small_priors_and_small_weights_together(tiny):
    """p exp(-beta E) underflows before exp(-beta E) does: rows are shifted sooner, or take the careful way."""
    z, w = np.array([0.0, 0.05, np.pi]), np.array([8.0, 8.0])
    y = np.array([[1.0, 0.5], [1.0, 0.0], [-7.0, 0.1], [0.2, 0.1]])
    for beta in (4.0, 8.0, 11.0, 12.0, 30.0):
        p = np.array([tiny, 2 * tiny, 1.0])
        found, exact = (f(r.ellipse, y, z, w, beta, p=p) for f in (r.free_energy_and_adjoint, plain))
        for a, b in zip(found, exact, strict=True):
            assert a == pytest.approx(b, rel=1e-12, abs=1e-13)
    many = r.latent_grid(200)
    p = np.exp(300 * (np.cos(many) - 1))
    found, exact = (
        f(r.ellipse, [[-3.0, 0.0]], many, [2.0, 2.0], 500.0, p=p) for f in (r.free_energy_and_adjoint, plain)
    )
    assert found[0] == pytest.approx(exact[0], rel=1e-13)
    assert found[1] == pytest.approx(exact[1], rel=1e-11, abs=1e-11)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such signal")
def test_a_handler_that_computes_does_not_disturb_what_it_interrupts():
    y, w, z = RNG(7).normal(size=(1500, 2)), np.array([1.5, 2.0]), r.latent_grid(40)
    F, calls = r.free_energy(r.ellipse, y, z, w, 1.0), []

    def handler(*_):
        calls.append(r.free_energy(r.ellipse, y + 9, z, w, 1.0))
        signal.setitimer(
            signal.ITIMER_REAL, 1e-3
        )  # the next only now: on a slow machine one would interrupt the other for ever

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 1e-3)
    try:
        assert all(np.array_equal(r.free_energy(r.ellipse, y, z, w, 1.0), F) for _ in range(300))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(calls) > 3


def test_one_manifold_for_codes_of_both_kinds_and_for_several_threads():
    y, T = RNG(6).normal(size=(7, 2)), r.ellipse.boxes.decoder.table(r.latent_grid(11)[:, None])
    surface, shared, own = Manifold(T, 2.0), np.array([[1.5, 2.0]]), RNG(7).uniform(1, 2, (7, 2))
    F, F_own = surface.value(y, shared), surface.value(y, own)
    assert np.array_equal(surface.value(y, shared), F)
    assert F == pytest.approx(surface.value(y, np.tile(shared, (7, 1))), rel=1e-14)
    codes = [own, 2 * own, 3 * own]
    alone = [surface.value(y, h) for h in codes]
    assert np.array_equal(alone[0], F_own)
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(lambda _: [surface.value(y, h) for h in codes], range(60)):
            assert all(np.array_equal(a, b) for a, b in zip(found, alone, strict=True))


def test_work_that_no_thread_takes_is_done_alone(monkeypatch):
    """As when the interpreter is ending."""

    class Closed:
        def submit(self, *_):
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    monkeypatch.setattr(cores, "_POOL", [Closed()])
    monkeypatch.setattr(cores, "CORES", 3)
    done = []
    cores.on_all_cores(done.append, 7)
    assert sorted(done) == list(range(7))


def test_memory_stays_small_where_all_rows_need_care():
    import tracemalloc

    y, z = RNG(0).normal(size=(100_000, 2)), r.latent_grid(128)
    tracemalloc.start()
    r.free_energy_and_slope(r.ellipse, y, z, [2.0, 1.5], 1e-3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 48 * 2**20  # 4 MiB of them are the results and the workspaces


def test_a_regulariser_leaves_the_hot_loop():
    assert decoded(r.circle_decoder(), regulariser="squared").fast(np.zeros((5, 1)), 1.0, None) is None
    assert decoded(r.network_decoder(r.mlp([3, 2]), 2)).fast(np.zeros((5, 1)), 1.0, None) is None


@pytest.mark.parametrize("beta", [0.0, 0.7, np.inf])
def test_C27_the_horn_in_several_parts(beta):
    y, x, z = RNG(8).normal(size=(3000, 2)), RNG(9).uniform(size=(3000, 1)), r.latent_grid(96)
    w = RNG(10).normal(size=r.horn.size)
    found, exact = (f(r.horn, y, z, w, beta, x=x) for f in (lambda *a, x: r.free_energy_and_adjoint(*a, x=x), plain))
    close(found[:2], exact[:2], 3.0)
    close(found[2:], exact[2:], 3e3)
    slope = r.free_energy_and_slope(r.horn, y, z, w, beta, x=x)
    assert np.array_equal(slope[0], found[0])
    assert slope[1] == pytest.approx(found[1], rel=1e-13, abs=1e-14)
