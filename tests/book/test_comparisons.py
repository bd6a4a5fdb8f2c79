"""The comparisons of best rates, in figures as the sources are now: no book is needed,
and what is stored plays no part.
"""

import pytest
from live import CLASSES, Figure

from deeplinear import explorables

pytestmark = pytest.mark.browser

# A hand that drags a slider through `events` places, one in each frame; says how often work was asked for meanwhile.
DRAG = """async ([figure, name, events]) => {
    const input = document.querySelector(`.dlx-live[data-explorable=${figure}] .dlx-controls input[name="${name}"]`);
    const [post, asked] = [Worker.prototype.postMessage, { count: 0 }];
    Worker.prototype.postMessage = function (...message) {
        asked.count += message[0].length > 1 && Boolean(message[0][1]);
        return post.apply(this, message);
    };
    const [low, high] = [Number(input.min), Number(input.max)];
    for (let i = 1; i <= events; i++) {
        input.value = low + ((high - low) * 0.7 * i) / events;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
    input.dispatchEvent(new Event("change", { bubbles: true }));
    Worker.prototype.postMessage = post;
    return asked.count;
}"""

SLOW = {"GasSensorLab": {"steps": 300}, "PlateauLab": {"steps": 500}}
# How many slices of work its run takes, which follows the hand.
TRAINING = {"GasSensorLab": 30}


@pytest.fixture
def show(browser):
    """Show a figure of these controls in an empty page, and take hold of it."""
    pages = []

    def show_one(name, **controls):
        page = browser.new_page(viewport={"width": 1000, "height": 1400})
        pages.append(page)
        page.errors = []
        page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.set_content(getattr(explorables, name)(**controls)._repr_mimebundle_()[0]["text/html"])
        return Figure(page, name)

    yield show_one
    for page in pages:
        page.close()


def compares(lab):
    return lab.live.locator(".dlx-table[hidden] table").count() == 1


def compare(lab):
    """Press the button and wait for what it finds."""
    lab.live.locator(".dlx-main").click()
    found(lab)


def found(lab):
    lab.page.wait_for_selector(".dlx-table:not([aria-busy]) td button", timeout=60_000)
    lab.settle()


def table(lab):
    return lab.live.locator(".dlx-table table").first.text_content()


@pytest.fixture(params=CLASSES)
def name(request):
    return request.param


def test_a_comparison_follows_a_dragging_hand_with_one_question_and_shows_what_a_new_one_would(show, name):
    lab = show(name, **SLOW.get(name, {}))
    if not compares(lab):
        return
    compare(lab)
    for control, kind in lab.controls():
        if kind != "range":
            continue
        before = lab.state[control]
        asked = lab.page.evaluate(DRAG, [name, control, 30])
        found(lab)
        assert lab.page.errors == []
        assert lab.state[control] != before
        training = TRAINING.get(name, 0)
        assert asked <= training + 1, f"{asked} questions while {control} was dragged"
    fresh = show(name, **lab.state)
    compare(fresh)
    assert lab.sentence == fresh.sentence
    assert table(lab) == table(fresh)
    assert lab.shown()["comparison"] == fresh.shown()["comparison"]
