"""What a frame costs, counted and not timed: a slider lays out its own words, looks up no style, sorts no layers."""

import pytest
from live import CLASSES, GALLERY, Figure

pytestmark = pytest.mark.browser

# One event a frame, from end to end of the slider and back.
SWEEP = """async ([figure, name]) => {
    const input = document.querySelector(`.dlx-live[data-explorable=${figure}] input[name="${name}"]`);
    input.scrollIntoView({ block: "center" });
    const [low, high] = [Number(input.min), Number(input.max)];
    for (let i = 0; i <= 24; i++) {
        input.value = low + (high - low) * (1 - Math.abs(i - 12) / 12);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
}"""

# Of 25 frames: words that are spoken when the hand rests, a run from before, a control that begins or ends to matter.
STRAY = 2

# The same frames with a page that grows: so much is counted if it happens.
GROW = """async () => {
    for (let i = 0; i < 3; i++) {
        document.querySelector("article").prepend(document.createElement("hr"));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
}"""


def counted(page, act):
    """How many layouts of the whole page, sortings of its layers, and look-ups of styles `act` causes."""
    events, ended = [], []
    client = page.context.browser.new_browser_cdp_session()
    client.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    client.on("Tracing.tracingComplete", lambda _: ended.append(True))
    config = {"includedCategories": ["devtools.timeline", "blink", "cc"], "excludedCategories": ["*"]}
    client.send("Tracing.start", {"traceConfig": config, "transferMode": "ReportEvents"})
    act()
    client.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)
    client.detach()
    begun = [(event["name"], event["args"]) for event in events if event["ph"] in "XB"]
    return {
        "layouts of the page": sum(name == "Layout" and not args["beginData"]["partialLayout"] for name, args in begun),
        "sortings of its layers": sum(name == "PaintArtifactCompositor::Update" for name, _ in begun),
        "styles looked up": sum(name == "UpdateLayoutTree" and args.get("elementCount", 0) > 0 for name, args in begun),
    }


@pytest.mark.parametrize("name", CLASSES)
def test_a_slider_leaves_the_page_as_it_is(open_page, name):
    lab = Figure(open_page(f"{GALLERY}?only={name}"), name)
    for control, kind in lab.controls():
        if kind != "range":
            continue
        lab.page.evaluate(SWEEP, [name, control])  # a sentence may need more room than was kept, once
        lab.settle()
        for _ in range(2):  # a button that the mouse has left may still fade, once
            found = counted(lab.page, lambda control=control: lab.page.evaluate(SWEEP, [name, control]))
            if max(found.values()) <= STRAY:
                break
        assert max(found.values()) <= STRAY, f"{control}: {found}"
        lab.press("Reset")


def test_a_page_that_grows_is_counted(open_page):
    page = open_page(GALLERY)
    page.wait_for_selector(".dlx-live")
    found = counted(page, lambda: page.evaluate(GROW))
    assert min(found.values()) >= 3, found
