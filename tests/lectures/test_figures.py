"""The figures show what was computed, labelled, and the report's numbers are the functions' own."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest

from refebm import (
    argmin_z,
    ellipse,
    ellipse_data,
    free_energy,
    gauss_grid,
    gibbs_weights,
    infer,
    latent_grid,
    learn,
    log_partition,
    marginal,
    negative_log_likelihood,
    radii,
)
from refebm.lectures import auto_encoder as v
from refebm.lectures import ellipse_inference as f
from refebm.lectures import ellipse_learning as g
from refebm.lectures import horn as h
from refebm.lectures import likelihood as p
from refebm.lectures.observations import UNTRAINED, draw, scaled
from refebm.lectures.style import STYLE

OWN = draw(np.random.default_rng(0))
INFERENCE, LECTURE = f.run(OWN), g.run(OWN)


@pytest.fixture(scope="module", autouse=True)
def style():
    with mpl.rc_context(STYLE):
        yield


def lines(ax):
    return [np.column_stack(line.get_data()) for line in ax.lines]


@pytest.fixture(scope="module")
def horn_lecture():
    return h.run(np.random.default_rng(0), 300)


@pytest.fixture(scope="module")
def likelihood_lecture():
    return p.run(np.random.default_rng(0), steps=60, chains=200)


@pytest.fixture(scope="module")
def balls():
    return v.run(np.random.default_rng(0))


FIGURES = [(part, draw) for part in (f, g, h, p, v) for draw in part.FIGURES]


@pytest.mark.parametrize(("part", "draw"), FIGURES, ids=[draw.__name__ for _, draw in FIGURES])
def test_every_axis_is_labelled_and_finite(part, draw, horn_lecture, likelihood_lecture, balls):
    figure = draw({f: INFERENCE, g: LECTURE, h: horn_lecture, p: likelihood_lecture, v: balls}[part])
    assert draw.__doc__
    assert figure.axes
    shared = figure.get_supxlabel() and figure.get_supylabel()
    for ax in figure.axes:
        if ax.get_label() == "<colorbar>":
            assert ax.get_ylabel() or ax.get_xlabel()
        elif not shared and ax.axison:
            row = [other for other in figure.axes if other.get_subplotspec() is not None]
            assert ax.get_xlabel() or any(other.get_xlabel() for other in row)
            assert ax.get_ylabel() or any(other.get_ylabel() for other in row)
        for xy in lines(ax):
            assert np.isfinite(np.asarray(xy, float)).all()
    figure.draw_without_rendering()  # constrained layout finds room for everything, or warns


def test_C2_samples_are_the_data():
    assert np.array_equal(lines(f.samples(LECTURE).axes[0])[0], LECTURE.Y)


def test_C6_panel_has_the_24_curves():
    axes = f.energy_panel(LECTURE).axes
    assert len(axes) == 24
    for y, ax in zip(LECTURE.Y, axes, strict=True):
        z, E = lines(ax)[0].T
        assert np.array_equal(E, ellipse(y, z, UNTRAINED))


def test_C7_paths_descend_to_the_minimum():
    for n in (22, 9):
        path = f.descent(LECTURE.Y[n], UNTRAINED, 1.0)
        E = ellipse(LECTURE.Y[n], path, UNTRAINED)
        assert np.all(np.diff(E) <= 1e-15)
        assert E[-1] == pytest.approx(infer(LECTURE.Y[n], UNTRAINED).fun, abs=1e-6)


def test_C8_map_and_section_are_the_free_energy():
    y1, y2, F = g.energy_map(LECTURE, UNTRAINED, np.inf, 0.25)
    assert F.shape == (25, 17)
    assert F[3, 5] == free_energy(ellipse, (y1[5], y2[3]), argmin_z, UNTRAINED, np.inf)
    y2, F = lines(g.section(LECTURE).axes[0])[0].T
    assert np.array_equal(F, free_energy(ellipse, np.stack([0 * y2, y2], 1), argmin_z, UNTRAINED, np.inf))


def test_C16_markers_carry_the_weights():
    figure = g.gibbs(LECTURE)
    for ax, y in zip(figure.axes, [LECTURE.Y[22], LECTURE.Y[9], np.zeros(2)], strict=False):
        p = gibbs_weights(ellipse, y, latent_grid(), UNTRAINED, 1.0)
        assert np.array_equal(ax.collections[0].get_array(), p)


def test_C17_sections_are_in_order_of_temperature():
    left, right = g.sections(LECTURE).axes
    for ax in (left, right):
        F = np.array([xy[:, 1] for xy in lines(ax)])
        assert len(F) == 6
        assert np.all(np.diff(F, axis=0) <= 1e-14)


def test_C25_report_has_the_fits():
    searches, text = "\n".join(f.report(INFERENCE)), "\n".join(g.report(LECTURE))
    cold, warm = (
        learn(marginal(ellipse, argmin_z, np.inf), LECTURE.Y, UNTRAINED),
        learn(marginal(ellipse, latent_grid(), 1.0), LECTURE.Y, UNTRAINED),
    )
    for fit in (cold, warm):
        assert f"{fit.w[0]:.6g}" in text
        assert f"{fit.fun:.6g}" in text
    assert text.count("gradient below 1e-08") == 2
    assert searches.count("<1e-06  <1e-12") == 12  # three samples, four searches
    assert max(map(len, [*searches.splitlines(), *text.splitlines()])) <= 120


@pytest.mark.parametrize("n", [1, 3, 30])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_any_data_is_drawn_in_its_own_unit(n, scale):
    given = scaled(ellipse_data(n, np.random.default_rng(1)) * scale)
    lecture, reference = g.run(given), g.run(scaled(ellipse_data(n, np.random.default_rng(1))))
    if n > 1:  # many ellipses pass through one point
        assert lecture.cold.w / scale == pytest.approx(reference.cold.w, rel=1e-5)
    assert lecture.cold.fun / scale**2 == pytest.approx(reference.cold.fun, rel=1e-5, abs=1e-12)
    assert lecture.warm.w / scale == pytest.approx(reference.warm.w, rel=1e-5, abs=1e-6)
    assert lecture.unit == pytest.approx(scale * reference.unit)
    assert len([ax for ax in f.energy_panel(given).axes if ax.axison]) == min(n, 24)
    assert f"Y[{min(n, 23)}]" in "\n".join(f.report(f.run(given)))


def test_C27_report_holds_the_fit_against_the_truth(horn_lecture):
    text = "\n".join(h.report(horn_lecture))
    assert f"held out {infer(horn_lecture.held_y, radii(horn_lecture.held_x)).fun.mean():.5f}" in text
    assert text.count("kept, with a quarter to spare") == 5
    start = type(horn_lecture.fit)(horn_lecture.fit, w=horn_lecture.untrained)
    text = "\n".join(h.report(replace(horn_lecture, fit=start)))
    assert text.count("not kept") == 4  # all that asks for the radii


def test_C27_bounds_are_kept_with_a_margin_or_said_not_to_be():
    assert [h.verdict(v, 0.01)[:4] for v in (0.0075, 0.0076, 0.01, 0.0101)] == [
        "kept",
        "kept",
        "kept",
        "not ",
    ]
    assert ["spare" in h.verdict(v, 0.01) for v in (0.007, 0.0076, 0.0101)] == [True, False, False]


def test_C27_slices_draw_the_free_energy_at_their_x(horn_lecture):
    figure = h.slices(horn_lecture)
    panels = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == ["$x = 0.0$", "$x = 0.3$", "$x = 0.6$", "$x = 0.9$"]
    drawn = sum(len(xy) for ax in panels for xy in lines(ax))
    assert drawn == sum(int((np.abs(horn_lecture.x - x) < 0.02).sum()) for x in (0, 0.3, 0.6, 0.9))


def test_L9_report_shows_the_canyon_deepen(likelihood_lecture):
    found = likelihood_lecture
    steep = [p.steepest(found.energy, fit.w, found.y) for fit in found.fits]
    assert (np.diff(np.log(steep)) > np.log(2)).all()  # by a factor above 2 each time
    text = "\n".join(p.report(found))
    assert f"{steep[-1]:.2f}" in text


def test_L9_what_is_printed_of_learning_is_so_by_a_rule_that_learning_has_not_seen(likelihood_lecture):
    """Loss, held-out loss and log Z of each row, by a third rule, to the printed digits; log Z is all that a rule can fool."""
    found, lines = likelihood_lecture, list(p.report(likelihood_lecture))
    space, measure = gauss_grid(p.BOX, 23, 9)
    losses = []
    for decay, fit in zip(p.DECAYS, found.fits, strict=True):
        row = next(line.split() for line in lines if line.split()[:1] == [f"{decay:g}"])
        log_z = float(log_partition(found.energy(space, fit.w), 1.0, measure))
        true = [found.energy(y, fit.w).mean() + log_z for y in (found.y, found.held)]
        assert [float(row[i]) for i in (1, 2)] == pytest.approx(true, abs=0.6e-4)
        assert [float(row[i]) for i in (5, 6)] == pytest.approx([log_z] * 2, abs=0.6e-5)
        losses.append(true)
        assert np.abs(fit.jac).max() <= 1e-11
        slope = negative_log_likelihood(found.energy, found.y, fit.w, space, measure)[1] + decay * fit.w
        assert np.abs(slope).max() < 1e-5  # it is the true likelihood's optimum, not the rule's
    assert (np.diff(losses, axis=0) < 0).all()  # with less decay it falls, on what is held out too
    again = p._fit(found.energy, found.y, np.zeros(found.energy.size), 1e-4, 60)
    assert again.w == pytest.approx(found.fits[-1].w, abs=1e-7)  # the optimum is one: the start does not matter


def test_L9_what_has_not_converged_is_not_printed():
    found = p.run(np.random.default_rng(1), steps=2, chains=5)
    line = next(line for line in p.report(found) if line.split()[:1] == ["0.0001"])
    assert "not converged: gradient" in line
    assert "after 2 iterations" in line
    assert not any("differ by less than" in line for line in p.report(found))


def test_W12_figure_shows_the_bias(likelihood_lecture):
    plain, adjusted = likelihood_lecture.squares[:, 0], likelihood_lecture.squares[:, 2]
    errors = likelihood_lecture.squares[:, [1, 3]]
    formula = 1 / (1 - np.array(p.STEPS) / 2)
    assert (np.abs(plain - formula) < 5 * errors[:, 0]).all()
    assert (np.abs(adjusted - 1) < 5 * errors[:, 1]).all()


def test_L19_code_balls_do_what_the_lecture_says(balls):
    runs = balls.runs
    spread = {name: np.sqrt(np.square(run.m).sum(axis=1).mean()) for name, run in runs.items()}
    E = {name: v.reconstruction(balls.y, run).mean() for name, run in runs.items()}
    assert runs["points"].s.mean() < runs["points"].vae.r / 40  # little keeps the balls up
    assert E["overlap"] > 1000 * E["points"]  # fuzzy, they can't be told apart
    assert spread["flight"] > 5 * spread["spring and size"]  # they repel
    assert E["flight"] < E["spring and size"] / 2
    figure = v.code_balls(balls)
    for ax, name in zip(figure.axes, v.TITLES, strict=True):
        drawn, one = ax.collections[0], runs[name]
        assert np.allclose(drawn.get_offsets(), one.m)
        assert np.allclose(drawn._widths, one.s[:, 0])  # halves; Matplotlib 3.8 has no get_widths
    assert "spring and size" in "\n".join(v.report(balls))


def test_L16_figure_bounds(balls):
    ax = v.bound(balls).axes[0]
    free, *bounds = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == 120][:4]
    for bound in bounds:
        assert (bound >= free - 1e-12).all()
