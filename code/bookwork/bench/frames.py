"""How long a slider of a live figure keeps its reader waiting: from the event to the painted frame.

An event in every frame, as from a hand that drags. What counts is our part: the handler of the
event, and from the start of the frame that follows to the first task after it is painted. The wait
for that frame to begin, up to a sixtieth of a second, is the screen's. A frame of an idle page
takes what is printed as the floor; a slider's time includes it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from bookwork import chromium
from bookwork.book import HTML

__all__ = ["chapters", "frames", "report"]

CHAPTERS = HTML / "chapters"
EVENTS = 200

# With no slider the frame is an idle one.
_TIMING = """async ([figure, name, count]) => {
  const input = document.querySelector(`.dlx-live[data-explorable=${figure}] input[name="${name}"]`);
  const places = input ? Math.round((input.max - input.min) / input.step) : 0;
  // Who drags has scrolled before: what the page paints for that is no part of the slider's frames.
  input?.scrollIntoView({ block: "center", behavior: "instant" });
  await new Promise((done) => setTimeout(done, 500));
  const times = [];
  const { port1, port2 } = new MessageChannel();
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done));
    let frame;
    requestAnimationFrame(() => (frame = performance.now()));
    const start = performance.now();
    if (input) {
      input.value = Number(input.min) + input.step * ((i * 7) % (places + 1));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const handled = performance.now() - start;
    await new Promise((done) => requestAnimationFrame(() => {
      port1.onmessage = done;
      port2.postMessage(0);
    }));
    times.push(handled + performance.now() - frame);
  }
  return times;
}"""

_SLIDERS = """(figure) => {
  const live = document.querySelector(`.dlx-live[data-explorable=${figure}]`);
  return [...live.querySelectorAll(".dlx-controls input[type=range]:enabled")].map((e) => e.name);
}"""


def frames(page: Any, figure: str, events: int = EVENTS) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile in milliseconds for each slider of a figure on a page.

    "" is an idle frame, the floor.
    """
    measured = {}
    for name in ["", *page.evaluate(_SLIDERS, figure)]:
        times = page.evaluate(_TIMING, [figure, name, events])
        measured[name] = float(np.median(times)), float(np.percentile(times, 95))
    return measured


def chapters() -> dict[str, Path]:
    """The first page of the book that each figure is on; the gallery, which has them all, counts for nothing here."""
    found: dict[str, Path] = {}
    for page in sorted(CHAPTERS.rglob("*.html")):
        for figure in re.findall(r'"name":"(\w+)","state":', page.read_text(encoding="utf-8")):
            if page.stem != "gallery":
                found.setdefault(figure, page)
    return found


def report() -> None:
    """One line a slider, each figure in its chapter of the built book."""
    executable = chromium.executable()
    pages = chapters()
    if executable is None or not pages:
        print("\nLive figures: left out, " + ("no Chromium here" if executable is None else "run `make book` first"))
        return
    from playwright.sync_api import sync_playwright

    print(f"\nLive figures: event to painted frame, {EVENTS} events a slider, ms")
    print(f"  {'':36} {'median':>7} {'95 %':>7}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for figure, path in pages.items():
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            page.route("http**", lambda route: route.abort())
            page.goto(path.as_uri())
            page.wait_for_selector(".dlx-live")
            page.wait_for_timeout(2000)
            for name, (median, slow) in frames(page, figure).items():
                print(f"  {figure + ' ' + (name or '(idle)'):36} {median:7.1f} {slow:7.1f}", flush=True)
            page.close()
        browser.close()
