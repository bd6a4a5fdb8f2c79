"""A figure on a small page of its own, worked by a real pointer and a real keyboard, and held against its twin.

The page holds what a page of the book holds: the modules in one script, the style, the state, and nothing else. With
`COVERAGE_JS` in the environment the modules come as files, so that the browser's count of what ran is by file and line.
"""

import json
import os
import re
import uuid
from pathlib import Path

from deeplinear import explorables
from deeplinear.explorables.frame import linking

COVERAGE = os.environ.get("COVERAGE_JS")
HARNESS = (Path(__file__).parent / "twin.mjs").read_text("utf-8")
ADDRESS = "http://localhost/figure"
SPEED = 60  # how much faster the clock of the page runs

# Short runs: what is stale is stale after a few steps too, and a comparison of rates takes tenths of a second.
SHORT = {
    "TwoPointLab": {"goal": 100.0, "ratio": 10.0, "steps": 200},
    "PlateauLab": {"steps": 300},
    "GasSensorLab": {"steps": 8},
}

_BEGIN = """
const harness = await import(URL.createObjectURL(new Blob([HARNESS], { type: "text/javascript" })));
const { now } = harness.hasten(SPEED);
harness.watchCanvases();
const [page, figure] = await Promise.all(loaded);
globalThis.lab = harness.bench(figure.default, page.pageModel, SPEC, now);
"""


class Lab:
    """A live figure, its actions by name, and what is stale."""

    def __init__(self, context, name, hand):
        self.hand = hand
        self.figure = getattr(explorables, name)(**SHORT.get(name, {}))
        self.page = context.new_page()
        self.errors = []
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(f"{error.message}\n{error.stack}"))
        self.page.route("**/*", self._answer)
        self._client = context.new_cdp_session(self.page) if COVERAGE else None
        if self._client:
            self._client.send("Profiler.enable")
            self._client.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})
        self.page.goto(ADDRESS)
        self.page.wait_for_function("globalThis.lab")
        self.begin()

    def _answer(self, route):
        path = route.request.url.removeprefix("http://localhost/")
        if path == "figure":
            return route.fulfill(body=page_of(self.figure), content_type="text/html; charset=utf-8")
        if path.startswith("modules/"):
            source = (linking.HERE / path.removeprefix("modules/")).read_text("utf-8")
            return route.fulfill(body=source, content_type="text/javascript; charset=utf-8")
        return route.continue_() if route.request.url.startswith(("data:", "blob:")) else route.abort()

    def close(self):
        """The end of it; with `COVERAGE_JS` in the environment, the browser's account of what ran is written there."""
        if self._client:
            account = self._client.send("Profiler.takePreciseCoverage")
            text = json.dumps(account).replace("http://localhost/modules", linking.HERE.as_uri())
            Path(COVERAGE, f"{uuid.uuid4()}.json").write_text(text, encoding="utf-8")
        self.page.close()

    def begin(self):
        """A new figure in its first state."""
        self.page.evaluate("lab.begin()")

    def actions(self):
        """Every control and every button but the one that asks for a comparison, whose every answer takes its time."""
        return [action for action in self._all() if not action.name.startswith("Best rate")]

    @property
    def ask(self):
        """The button that asks for a comparison, None if the figure has none."""
        return next((action for action in self._all() if action.name.startswith("Best rate")), None)

    def picks(self):
        """The first and the last button of a comparison's table, which show a run of it."""
        last = self.page.locator(".dlx-table td button").count() - 1
        return [Action(".dlx-table td button", number, "button", f"pick {number}") for number in {0, last}]

    def _all(self):
        found = self.page.evaluate("""[".dlx-controls :is(input, select)", ".dlx-live button"].flatMap((selector) =>
            [...document.querySelectorAll(selector)].map((e, i) =>
                [selector, i, e.localName === "button" ? e.textContent : e.type, e.name || e.textContent]))""")
        return [Action(*parts) for parts in found]

    def do(self, action):
        """One action by the hand: a press of a button, a move of a slider, another choice.
        What is off is left alone.
        """
        at = self.page.evaluate("([selector, i]) => lab.place(selector, i)", [action.selector, action.number])
        if at["disabled"]:
            return
        # A list of choices opens outside of the page, where no pointer of a test can go.
        pointed = self.hand == "pointer" and action.kind != "select-one"
        (self._point if pointed else self._type)(action, at)

    def _point(self, action, at):
        left, top, width, height = at["box"]
        along = 0.5 if action.kind != "range" else 0.25 if at["part"] > 0.5 else 0.8
        self.page.mouse.click(left + along * width, top + height / 2)

    def _type(self, action, at):
        self.page.evaluate("([selector, i]) => lab.focus(selector, i)", [action.selector, action.number])
        if action.kind == "range":
            key = "ArrowLeft" if at["part"] > 0.5 else "ArrowRight"
        elif action.kind == "select-one":
            key = "ArrowDown" if at["next"] else "Home"
        else:
            key = "Enter"
        self.page.keyboard.press(key)

    def stale(self):
        """What the figure shows differently from its twin, and what went wrong on the way."""
        found = self.page.evaluate("lab.stale()")
        return found + self.errors


class Action:
    """Something that a reader can do to a figure."""

    def __init__(self, selector, number, kind, name):
        self.selector, self.number, self.kind, self.name = selector, number, kind, name

    def __repr__(self):
        return self.name


def page_of(figure):
    """A page with the script of a figure and the handle on it, and no figure yet."""
    html = figure._html()
    links = re.search(r'<script type="module">\n(.*)Promise\.all\(loaded\)', html, re.DOTALL)[1]
    if COVERAGE:
        links = f'const loaded = [import("/modules/frame/page.mjs"), import("/modules/{figure._view()}")];\n'
    spec = {"name": type(figure).__name__, "state": figure.state, "domain": figure.domain, "data": figure.data}
    begin = _BEGIN
    for word, value in {"HARNESS": HARNESS, "SPEED": SPEED, "SPEC": spec}.items():
        begin = re.sub(rf"\b{word}\b", lambda _, value=value: json.dumps(value).replace("<", "\\u003c"), begin)
    style = re.search(r"<style>.*?</style>", html, re.DOTALL)[0]
    return (
        f'<!doctype html><meta charset="utf-8"><title>A figure</title>{style}<script '
        f'type="module">{links}{begin}</script>'
    )


def every_order_of_two(things):
    """A walk over all things in which each is followed once by every other, and by itself."""
    for i, first in enumerate(things):
        yield first
        for second in things[i + 1 :]:
            yield first
            yield second
    yield things[0]
