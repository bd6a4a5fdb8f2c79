"""Figures: text alternatives, themes, and drawings that do not depend on when they are made."""

import base64

import pytest

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
    import re

    with dl.figures.plot() as (figure, axes):
        axes.plot([0, 2], [1, 0])
    other = dl.figures._bundle(figure, "a falling line")["text/html"]
    ids = set(re.findall(r'id="([^"]+)"', bundle()["text/html"]))
    assert ids
    assert not ids & set(re.findall(r'id="([^"]+)"', other))


def test_a_figure_without_a_text_alternative_is_refused():
    with pytest.raises(ValueError, match="say in a sentence"):
        bundle("  ")
