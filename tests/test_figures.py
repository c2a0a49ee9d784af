"""The figures show what was computed, labelled, and the report's numbers are the functions' own."""

import matplotlib as mpl
import numpy as np
import pytest

from refebm import (
    argmin_z,
    ellipse,
    ellipse_data,
    free_energy,
    gibbs_weights,
    horn,
    infer,
    latent_grid,
    learn,
    lecture_horn,
    lecture_likelihood,
    lecture_vae,
    radii,
)
from refebm import figures as f
from refebm import figures_free as g
from refebm import figures_horn as h
from refebm import figures_likelihood as p
from refebm import figures_variational as v
from refebm.lecture import UNTRAINED, energy_map, report, run

LECTURE = run(ellipse_data(24, np.random.default_rng(0)), unit=1.0)


@pytest.fixture(scope="module", autouse=True)
def style():
    with mpl.rc_context(f.STYLE):
        yield


def lecture_of(draw):
    return next((every for every in (h.ALL, p.ALL, v.ALL) if draw in every), None)


def lines(ax):
    return [np.column_stack(line.get_data()) for line in ax.lines]


@pytest.fixture(scope="module")
def horn_lecture():
    return lecture_horn.run(300, np.random.default_rng(0))


@pytest.fixture(scope="module")
def likelihood_lecture():
    return lecture_likelihood.run(np.random.default_rng(0), steps=60, chains=200)


@pytest.fixture(scope="module")
def balls():
    return lecture_vae.run(np.random.default_rng(0))


@pytest.mark.parametrize("draw", f.ALL + g.ALL + h.ALL + p.ALL + v.ALL, ids=lambda d: d.__name__)
def test_every_axis_is_labelled_and_finite(draw, horn_lecture, likelihood_lecture, balls):
    figure = draw({h.ALL: horn_lecture, p.ALL: likelihood_lecture, v.ALL: balls}.get(lecture_of(draw), LECTURE))
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
    y1, y2, F = energy_map(LECTURE, UNTRAINED, np.inf, 0.25)
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
    text = "\n".join(report(LECTURE))
    cold, warm = (
        learn(ellipse, LECTURE.Y, argmin_z, UNTRAINED, np.inf),
        learn(ellipse, LECTURE.Y, latent_grid(), UNTRAINED, 1.0),
    )
    for fit in (cold, warm):
        assert f"{fit.w[0]:.6g}" in text
        assert f"{fit.fun:.6g}" in text
    assert text.count("yes") == 2
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("n", [1, 3, 30])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_any_data_is_drawn_in_its_own_unit(n, scale):
    lecture = run(ellipse_data(n, np.random.default_rng(1)) * scale)
    reference = run(ellipse_data(n, np.random.default_rng(1)))
    if n > 1:  # many ellipses pass through one point
        assert lecture.cold.w / scale == pytest.approx(reference.cold.w, rel=1e-5)
    assert lecture.cold.fun / scale**2 == pytest.approx(reference.cold.fun, rel=1e-5, abs=1e-12)
    assert lecture.warm.w / scale == pytest.approx(reference.warm.w, rel=1e-5, abs=1e-6)
    assert lecture.unit == pytest.approx(scale * reference.unit)
    assert len([ax for ax in f.energy_panel(lecture).axes if ax.axison]) == min(n, 24)
    assert f"Y[{min(n, 23)}]" in "\n".join(report(lecture))


def test_C27_report_holds_the_fit_against_the_truth(horn_lecture):
    text = "\n".join(lecture_horn.report(horn_lecture))
    learned = np.abs(horn.code(horn_lecture.fit.w, np.array([[0.6]])))[0]
    for value in (*learned, *radii(0.6)):
        assert f"{value:.4f}" in text
    assert f"training {horn_lecture.fit.fun:.5f}" in text


def test_C27_slices_draw_the_free_energy_at_their_x(horn_lecture):
    figure = h.slices(horn_lecture)
    panels = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == ["$x = 0.0$", "$x = 0.3$", "$x = 0.6$", "$x = 0.9$"]
    drawn = sum(len(xy) for ax in panels for xy in lines(ax))
    assert drawn == sum(int((np.abs(horn_lecture.x - x) < 0.02).sum()) for x in (0, 0.3, 0.6, 0.9))


def test_L9_report_shows_the_canyon_deepen(likelihood_lecture):
    steep = [lecture_likelihood.steepest(fit.w, likelihood_lecture.y) for fit in likelihood_lecture.fits]
    assert steep == sorted(steep)
    text = "\n".join(lecture_likelihood.report(likelihood_lecture))
    assert f"{steep[-1]:.3f}" in text
    assert "untrained" in text


def test_W12_figure_shows_the_bias(likelihood_lecture):
    plain, adjusted = likelihood_lecture.squares[:, 0], likelihood_lecture.squares[:, 2]
    errors = likelihood_lecture.squares[:, [1, 3]]
    formula = 1 / (1 - np.array(lecture_likelihood.STEPS) / 2)
    assert (np.abs(plain - formula) < 5 * errors[:, 0]).all()
    assert (np.abs(adjusted - 1) < 5 * errors[:, 1]).all()


def test_L19_code_balls_do_what_the_lecture_says(balls):
    runs = balls.runs
    spread = {name: np.sqrt(np.square(run.m).sum(axis=1).mean()) for name, run in runs.items()}
    E = {name: lecture_vae.reconstruction(balls.y, run).mean() for name, run in runs.items()}
    assert runs["points"].s.mean() < runs["points"].vae.r / 40  # little keeps the balls up
    assert E["overlap"] > 1000 * E["points"]  # fuzzy, they can't be told apart
    assert spread["flight"] > 5 * spread["spring and size"]  # they repel
    assert E["flight"] < E["spring and size"] / 2
    figure = v.code_balls(balls)
    for ax, name in zip(figure.axes, v.TITLES, strict=True):
        drawn, one = ax.collections[0], runs[name]
        assert np.allclose(drawn.get_offsets(), one.m)
        assert np.allclose(drawn._widths, one.s[:, 0])  # halves; Matplotlib 3.8 has no get_widths
    assert "spring and size" in "\n".join(lecture_vae.report(balls))


def test_L16_figure_bounds(balls):
    ax = v.bound(balls).axes[0]
    free, *bounds = [line.get_ydata() for line in ax.lines if len(line.get_ydata()) == 120][:4]
    for bound in bounds:
        assert (bound >= free - 1e-12).all()
