"""Figures: text alternatives, themes, and drawings that do not depend on when they are made."""

import base64
import re
import sys

import numpy as np
import pytest
import xarray as xr

import deeplinear as dl


def bundle(alt="a rising line"):
    with dl.figures.plot() as (figure, axes):
        axes.plot([0, 1], [0, 1], color=dl.figures.colors[0])
        dl.figures.label_line(axes, 1, 1, "depth 1", dl.figures.colors[0])
    return dl.figures._bundle(figure, alt)


def test_a_figure_carries_its_text_alternative_everywhere():
    shown = bundle("loss < 1 & falling")
    assert 'aria-label="loss &lt; 1 &amp; falling"' in shown["text/html"]
    assert shown["text/plain"] == "Figure: loss < 1 & falling"
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")


def test_ink_and_palette_follow_the_theme_of_the_page():
    html = bundle()["text/html"]
    assert "currentColor" in html
    assert "var(--dl-color-1, #0072b2)" in html
    assert "<style" not in html  # a style rule inside inline SVG would apply to the whole page


def test_drawing_twice_gives_the_same_bytes():
    assert bundle() == bundle()


def test_two_figures_on_one_page_share_no_ids():
    with dl.figures.plot() as (figure, axes):
        axes.plot([0, 2], [1, 0])
    other = dl.figures._bundle(figure, "a falling line")["text/html"]
    ids = set(re.findall(r'id="([^"]+)"', bundle()["text/html"]))
    assert ids
    assert not ids & set(re.findall(r'id="([^"]+)"', other))


def test_a_figure_without_a_text_alternative_is_refused():
    with pytest.raises(ValueError, match="say in a sentence"):
        bundle("  ")


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"deeplinear\[plot\]"), dl.figures.plot():
        pass


# Rates and curves of whatever was trained.

DEPTHS, SEEDS = [1, 2], 4
RATES = [0.1, 0.2, 0.4, 0.8]


@pytest.fixture
def losses():
    """Depth 2 ends at half the loss of depth 1; at the largest rate all seeds of it die, at 0.4 one, at step 100."""
    steps = np.array([0, 1, 10, 100, 1000])
    rate, seed = np.array(RATES)[:, None, None], np.arange(SEEDS)[:, None]
    one = 8 / (1 + rate * steps) * (1 + 0.1 * seed)
    values = np.stack([one, one / 2])
    values[:, 3, :, 2:] = np.inf
    values[:, 2, 3, 3:] = np.inf
    values[:, 2, 3, 2] = 1e200
    axes = {"depth": DEPTHS, "learning_rate": RATES, "seed": np.arange(SEEDS), "step": steps}
    return xr.DataArray(values, dims=list(axes), coords=axes)


@pytest.fixture(scope="module")
def comparison():
    methods = {"plain": {}, "deep": {"network": dl.networks.Chain(2)}}
    return dl.compare(dl.TwoPoint((10.0, 1.0), p=4), methods, budget=200, seeds=3)


def drawn(draw, what, **settings):
    with dl.figures.plot() as (figure, axes):
        said = draw(axes, what, **settings)
    figure.canvas.draw()
    return axes, said


def marked(axes, marker):
    return [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata())]


def test_the_surviving_fraction_is_shown_for_every_rate(losses):
    axes, _ = drawn(dl.figures.rates, losses)
    (strip,) = axes.child_axes
    shown = [line for line in strip.lines if line.get_marker() == "."]
    assert len(shown) == len(DEPTHS)
    for line in shown:
        assert line.get_xdata().tolist() == RATES
        assert line.get_ydata().tolist() == [1, 1, 0.75, 0]


def test_diverged_rates_are_crosses_above_and_partly_diverged_ones_hollow(losses):
    axes, _ = drawn(dl.figures.rates, losses)
    crosses = marked(axes, "x")
    assert [line.get_xdata().tolist() for line in crosses] == [[0.8], [0.8]]
    finite = losses.isel(step=-1).values
    assert all(line.get_ydata()[0] > finite[np.isfinite(finite)].max() for line in crosses)
    hollow = [line for line in marked(axes, "o") if line.get_fillstyle() == "none" and line.get_markersize() < 8]
    assert [line.get_xdata().tolist() for line in hollow] == [[0.4], [0.4]]


def test_the_chosen_rate_has_a_ring_and_the_horizon_a_name(comparison):
    axes, said = drawn(dl.figures.rates, comparison)
    rings = [line.get_xdata().item() for line in marked(axes, "o") if line.get_markersize() > 8]
    assert rings == comparison.learning_rate.values.tolist()
    assert axes.get_ylabel() == "loss after 200 steps"
    for name, tuned in comparison.tuned.items():
        assert re.search(rf"{name}: \d+ rates .* lowest at {tuned.learning_rate:.3g} ", said)


def test_a_grid_without_an_admissible_rate_is_drawn_and_says_so(losses):
    axes, said = drawn(dl.figures.rates, losses.isel(learning_rate=slice(2, 4)))
    assert not [line for line in marked(axes, "o") if line.get_markersize() > 8]
    assert said.count("none of which may be chosen") == 2
    assert "at 2 of them fewer than 95% of the seeds survive" in said


def test_curves_are_medians_in_a_band_from_the_lowest_to_the_highest_seed(losses):
    calm = losses.sel(learning_rate=0.1)
    axes, said = drawn(dl.figures.curves, calm)
    for line, band, depth in zip(axes.lines, axes.collections, DEPTHS, strict=True):
        of_depth = calm.sel(depth=depth)[:, 1:]
        np.testing.assert_allclose(line.get_ydata(), of_depth.median("seed"))
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.min() == pytest.approx(of_depth.min().item())
        assert heights.max() == pytest.approx(of_depth.max().item())
    assert "depth 2 ends lowest, after 1,000 steps" in said
    assert "4 seeds" in said


def test_a_sweep_over_rates_is_drawn_at_its_best_rates(losses):
    axes, said = drawn(dl.figures.curves, losses)
    best = losses.sel(learning_rate=0.2)
    np.testing.assert_allclose(axes.lines[0].get_ydata(), best.sel(depth=1).median("seed")[1:])
    assert said.count("at η = 0.2") == 2


def test_a_seed_that_diverges_ends_in_a_cross_and_does_not_stretch_the_axis(losses):
    axes, said = drawn(dl.figures.curves, losses.sel(learning_rate=0.4, depth=1))
    (cross,) = marked(axes, "x")
    assert cross.get_xdata()[0] == 10
    assert cross.get_ydata()[0] < axes.get_ylim()[1] < 1e3
    assert "1 of 4 seeds diverge" in said


def test_the_distance_from_an_optimum_is_drawn_in_the_units_asked_for(losses):
    calm = losses.sel(learning_rate=0.1, depth=1)
    axes, said = drawn(dl.figures.curves, calm, optimum=0.01, times=4)
    np.testing.assert_allclose(axes.lines[0].get_ydata(), 4 * (calm.median("seed")[1:] - 0.01))
    assert said.startswith("Distance from the optimal loss")
    assert axes.get_ylabel() == "loss − optimum"


def test_methods_of_one_depth_share_its_colour_and_differ_in_dashes(losses):
    both = xr.concat([losses, 0.9 * losses], dim="optimizer").assign_coords(optimizer=["GD", "Adam"])
    axes, _ = drawn(dl.figures.curves, both.sel(learning_rate=0.1).transpose("depth", "optimizer", ...))
    looks = [(line.get_color(), line.get_linestyle()) for line in axes.lines]
    assert len(set(looks)) == 4
    assert looks[0][0] == looks[1][0] != looks[2][0] == looks[3][0]
    labels = {text.get_text() for text in axes.texts}
    assert labels == {"depth 1, GD", "depth 1, Adam", "depth 2, GD", "depth 2, Adam"}


def test_one_tuned_method_is_drawn_alone(comparison):
    for draw in (dl.figures.rates, dl.figures.curves):
        _, said = drawn(draw, comparison.tuned["deep"])
        assert "depth 2" in said


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ends", [np.inf, 0.0, -1.0], ids=["diverged", "zero", "negative"])
@pytest.mark.parametrize("draw", [dl.figures.rates, dl.figures.curves])
def test_losses_without_a_logarithm_are_drawn_without_a_warning(draw, ends):
    axes = {"learning_rate": [0.1, 0.2, 0.4], "seed": [0, 1], "step": [0, 10, 100]}
    losses = xr.DataArray(np.full((3, 2, 3), ends), dims=list(axes), coords=axes)
    what = losses if draw is dl.figures.rates else losses.sel(learning_rate=0.1)
    shown, said = drawn(draw, what)
    assert "on a logarithmic axis" in said
    assert shown.get_yscale() == "linear"
    if np.isinf(ends) and draw is dl.figures.rates:
        assert len(shown.lines[-1].get_xdata()) == 3, "a cross for every rate"
        assert not len(shown.get_yticks()), "and no scale to read them off"
    if np.isinf(ends) and draw is dl.figures.curves:
        assert "has diverged by step 10" in said


@pytest.mark.parametrize("draw", [dl.figures.rates, dl.figures.curves])
def test_what_is_no_training_is_not_drawn(draw, losses):
    with pytest.raises(TypeError, match=r"list cannot be drawn: give what dl\.tune"):
        drawn(draw, [1, 2])
    with pytest.raises(ValueError, match="one named step is needed"):
        drawn(draw, losses.isel(step=0))
    if draw is dl.figures.rates:
        with pytest.raises(ValueError, match="no grid of rates"):
            drawn(draw, losses.isel(learning_rate=0))


def test_a_sweep_of_one_rate_is_drawn_at_that_rate(losses):
    alone = losses.sel(learning_rate=[0.1])
    axes, said = drawn(dl.figures.curves, alone)
    assert "depth 2 at η = 0.1 goes from" in said
    same, _ = drawn(dl.figures.curves, losses.sel(learning_rate=0.1))
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), same.lines[0].get_ydata())
    assert "The loss at η = 0.1 goes from" in drawn(dl.figures.curves, alone.sel(depth=1))[1]
    assert "depth 1: one rate, 0.1, and so none to choose; no seed" in drawn(dl.figures.rates, alone)[1]
