"""What is stored of a chapter's run: a figure anew if it looks different, and only then."""

import base64
import io

import numpy as np
import pytest

import deeplinear as dl
from bookwork.writing.notebooks import normalize


def figure(shift=0.0, noise=0.0, label="depth 1"):
    with dl.figures.plot(size=(6, 3.5)) as (drawn, axes):
        x = np.linspace(0, 1, 200)
        axes.plot(x, np.exp(x) + noise * np.sin(1000 * x))
        axes.set(xlim=(0, 1.2), ylim=(0.9, 3))
        dl.figures.label_line(axes, 1.0, 2.0 + shift, label, dl.figures.colors[0])
        stream = io.BytesIO()
        drawn.savefig(stream, format="png", dpi=150)
    return base64.b64encode(stream.getvalue()).decode()


def notebook(picture):
    output = {"output_type": "display_data", "data": {"image/png": picture, "text/plain": "<Figure>"}, "metadata": {}}
    cell = {"cell_type": "code", "id": "a", "source": "draw()", "outputs": [output], "metadata": {}}
    return {"cells": [cell], "metadata": {}}


def stored(new, old):
    return normalize(notebook(new), notebook(old))["cells"][0]["outputs"][0]["data"]["image/png"]


@pytest.mark.parametrize("changed", [{"shift": 0.08}, {"label": "depth 7"}, {"noise": 0.05}])
def test_a_figure_that_looks_different_is_stored_anew(changed):
    new, old = figure(**changed), figure()
    assert stored(new, old) == new


def test_a_figure_that_differs_in_the_last_digit_is_left_as_it_was():
    new, old = figure(noise=1e-4), figure()
    assert new != old
    assert stored(new, old) == old
