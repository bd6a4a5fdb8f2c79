"""The figures of the gallery page, found by the name of their class."""

import json

import numpy as np

from deeplinear import explorables

GALLERY = "chapters/appendix/gallery.html"
CLASSES = sorted(cls.__name__ for cls in explorables.FIGURES.values())


class Figure:
    """A live figure in a page."""

    def __init__(self, page, name):
        self.page, self.name = page, name
        self.live = page.locator(f'.dlx-live[data-explorable="{name}"]').first
        self.live.wait_for()
        self.live.scroll_into_view_if_needed()  # what is out of sight draws at a screen's leisure
        self.settle()

    def shown(self):
        """State, and the numbers behind the picture."""
        return self.live.evaluate("figure => figure.shown()")

    @property
    def state(self):
        return self.shown()["state"]

    @property
    def sentence(self):
        return self.live.locator(".dlx-sentence").text_content()

    def settle(self):
        """Wait for the next frame, and until nothing is computed any more."""
        self.live.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.page.wait_for_function(
            "name => !document.querySelector(`.dlx-live[data-explorable=${name}]`).shown().running",
            arg=self.name,
            timeout=60_000,
        )

    def controls(self):
        """Name and kind of every control that can be used now."""
        return self.live.evaluate(
            """figure => [...figure.querySelectorAll('.dlx-controls :is(input, select):not(:disabled)')]
                .map((e) => [e.name, e.type])"""
        )

    def control(self, name):
        return self.live.locator(f".dlx-controls [name={name}]")

    def presets(self):
        return self.live.locator(".dlx-presets button")

    def press(self, name):
        self.live.get_by_role("button", name=name, exact=True).click()
        self.settle()

    def python(self):
        """The value of the code that the figure offers to copy."""
        self.press("Copy as Python")
        code = self.live.locator("pre.dlx-code").text_content()
        statements, expression = code.rsplit("\n", 1)
        names = {}
        exec(statements, names)
        return eval(expression, names)


def agree(mine, screen, what, tolerance=1e-8):
    """Whether a number, a list or a group of them from Python is what the screen has.

    None there may be −1 or null here.
    """
    if mine is None or isinstance(mine, str | bool):
        assert mine == screen or (mine is None and screen in (None, -1)), what
    elif isinstance(mine, dict):
        for key, value in mine.items():
            agree(value, screen[key], f"{what}.{key}", tolerance)
    else:
        mine = np.asarray(mine, dtype=float)
        screen = np.array(_numbers(screen), dtype=float).reshape(mine.shape)
        lost = ~np.isfinite(mine)
        np.testing.assert_array_equal(lost, ~np.isfinite(screen), what)
        size = np.abs(mine[~lost]).max(initial=0)
        np.testing.assert_allclose(screen[~lost], mine[~lost], rtol=tolerance, atol=1e-14 * size, err_msg=what)


def _numbers(value):
    """Lists of numbers out of what a page returns: typed arrays arrive as objects, null is no number."""
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value, key=int)]
    return [_numbers(part) for part in value] if isinstance(value, list) else np.nan if value is None else value


def first_state(name):
    """The state a figure of this class starts with, as JSON has it."""
    return json.loads(json.dumps(getattr(explorables, name)().state))
