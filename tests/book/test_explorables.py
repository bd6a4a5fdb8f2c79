"""Every live figure, in the built gallery with the network cut, under the hands of a reader."""

from dataclasses import asdict

import pytest
from axe_playwright_python.sync_playwright import Axe
from live import CLASSES, GALLERY, Figure, agree, first_state

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("name", CLASSES)]


# Words in boxes of their own size that are larger than these, and numbers that run into the name of their slider.
OVERFLOWING = """figure => {
    const high = [...figure.querySelectorAll('.dlx-own')].filter((e) => e.scrollHeight > e.clientHeight);
    const wide = [...figure.querySelectorAll('output')].filter((e) => e.scrollWidth > e.clientWidth);
    return [...high, ...wide].map((e) => e.textContent);
}"""


# While a window changes its width: in every painted frame, the boxes whose words or tables lie over what is below them.
RESIZING = """async figure => {
    const found = new Set();
    for (const width of [80, 60, 45, 30, 45, 60, 80, 100]) {
        figure.style.width = `${width}%`;
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        for (const e of figure.querySelectorAll('.dlx-own')) {
            if (e.scrollHeight > e.clientHeight) found.add(e.textContent);
        }
    }
    return [...found];
}"""


# While a hand drags each slider from end to end: where the sliders move away under it, because the words above
# need more room.
DRAGGING = """async figure => {
    const controls = figure.querySelector('.dlx-controls');
    const moved = [];
    for (const input of controls.querySelectorAll('input[type=range]:enabled')) {
        const [first, top] = [input.value, controls.offsetTop];
        input.scrollIntoView({ block: 'center' });
        for (let i = 0; i <= 40; i++) {
            input.value = Number(input.min) + (i / 40) * (input.max - input.min);
            input.dispatchEvent(new Event('input', { bubbles: true }));
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            if (controls.offsetTop !== top) moved.push(`${input.name} ${input.value}`);
        }
        input.value = first;
        input.dispatchEvent(new Event('input', { bubbles: true }));
    }
    return moved;
}"""


@pytest.fixture
def figure(open_page, name):
    """Open the gallery with this figure alone and take hold of it."""

    def open_figure(fragment="", **settings):
        page = open_page(f"{GALLERY}?only={name}{fragment}", **settings)
        return Figure(page, name)

    return open_figure


def test_every_control_answers_to_the_keyboard(figure):
    lab = figure()
    for control, kind in lab.controls():
        field = lab.control(control)
        field.focus()
        for key in ("ArrowRight", "ArrowLeft", "ArrowLeft") if kind == "range" else ("ArrowDown",):
            before = lab.state[control]
            lab.page.keyboard.press(key)
            lab.settle()
            if lab.state[control] != before:
                break
        else:
            pytest.fail(f"no arrow key moves {control}")
    assert lab.page.errors == []


def test_the_sentence_and_the_pictures_follow_and_the_sentence_is_spoken(figure):
    lab = figure()
    spoken, pictures = lab.live.locator("[aria-live=polite]"), lab.live.locator(".dlx-panels canvas")
    names = "pictures => pictures.map((picture) => picture.getAttribute('aria-label'))"
    lab.page.wait_for_timeout(400)
    said, numbers, seen = lab.sentence, lab.shown()["run"], pictures.evaluate_all(names)
    lab.presets().last.click()
    lab.settle()
    assert lab.sentence != said
    assert lab.shown()["run"] != numbers
    lab.page.wait_for_timeout(400)
    assert spoken.text_content() == lab.sentence
    assert pictures.evaluate_all(names) != seen


@pytest.mark.parametrize("width", [1200, 375])
def test_no_slider_moves_away_under_the_hand_that_drags_it(figure, width):
    assert figure(width=width).live.evaluate(DRAGGING) == []


def test_a_slider_shows_its_value_and_the_spoken_value_is_the_same(figure):
    lab = figure()
    for control, kind in lab.controls():
        if kind != "range":
            continue
        slider = lab.control(control)
        values = set()
        for key in ("Home", "End"):
            slider.press(key)
            lab.settle()
            value = slider.evaluate("input => document.querySelector(`output[for=${input.id}]`).innerText")
            assert value == slider.get_attribute("aria-valuetext")
            values.add(value)
        assert len(values - {""}) == 2, f"{control} shows {values}"
        lab.press("Reset")


def test_the_pointer_drags_a_slider(figure):
    lab = figure()
    control = next(control for control, kind in lab.controls() if kind == "range")
    slider = lab.control(control)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    before = lab.state[control]
    lab.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    lab.page.mouse.down()
    lab.page.mouse.move(box["x"] + box["width"] * 0.97, middle, steps=6)
    lab.page.mouse.up()
    lab.settle()
    assert lab.state[control] != before
    assert f"{control}=" in lab.page.evaluate("location.hash")


def test_everything_can_be_reached_with_the_tab_key_alone(figure):
    lab = figure()
    lab.presets().first.focus()
    reached = set()
    for _ in range(40):
        inside, word = lab.page.evaluate(
            "(({ activeElement: e }) => [Boolean(e.closest('.dlx-live')), e.name || e.textContent])(document)"
        )
        if not inside:
            break
        reached.add(word)
        lab.page.keyboard.press("Tab")
    assert {control for control, _ in lab.controls()} | {"Reset", "Copy as Python"} <= reached


def test_a_link_brings_back_the_figure_and_reset_brings_back_the_first(figure, name):
    lab = figure()
    lab.presets().last.click()
    lab.settle()
    for control, kind in lab.controls():
        if kind == "range":
            lab.control(control).focus()
            lab.page.keyboard.press(
                "ArrowRight"
                if lab.control(control).input_value() != lab.control(control).get_attribute("max")
                else "ArrowLeft"
            )
    lab.settle()
    state, said, link = lab.state, lab.sentence, lab.page.evaluate("location.hash")
    assert link.startswith(f"#{name}:")
    other = figure(link)
    assert (other.state, other.sentence) == (state, said)
    other.press("Reset")
    assert other.state == first_state(name)
    assert other.page.evaluate("location.hash") == ""


def test_a_link_with_impossible_values_changes_nothing_else(figure, name):
    first = first_state(name)
    number = next(control for control, value in first.items() if isinstance(value, int | float))
    lab = figure(f"#{name}:{number}=1e999;nonsense=3;{number}=no")
    assert lab.state == first
    assert lab.page.errors == []


def test_the_python_to_copy_computes_the_numbers_on_screen(figure):
    lab = figure()
    for number in range(-1, lab.presets().count()):
        if number >= 0:
            lab.presets().nth(number).click()
            lab.settle()
        screen = lab.shown()["run"]
        for key, value in asdict(lab.python()).items():
            agree(value, screen[key], f"preset {number}, {key}")


@pytest.mark.parametrize("width", [1200, 375, 320])
def test_it_stays_in_its_column_asks_for_nothing_and_complains_of_nothing(figure, width):
    lab = figure(width=width)
    for number in range(lab.presets().count()):
        lab.presets().nth(number).click()
        lab.settle()
        too_wide = lab.live.evaluate("""figure => {
            const right = (element) => element.getBoundingClientRect().right;
            const edge = right(figure) + 1;
            const wide = (e) => right(e) > edge && !e.closest('.dlx-spoken');
            return [...figure.querySelectorAll('*')].filter(wide).map((e) => e.className);
        }""")
        assert too_wide == []
        assert lab.live.evaluate(OVERFLOWING) == []
    assert lab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert lab.page.outside == []
    assert lab.page.errors == []


def test_no_frame_of_a_window_that_is_resized_has_words_over_others(figure):
    lab = figure()
    assert lab.live.evaluate(RESIZING) == []
    lab.settle()
    assert lab.page.errors == []


@pytest.mark.parametrize("width", [1200, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(figure, width, theme):
    lab = figure(width=width, color_scheme=theme)
    lab.page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    lab.press("Copy as Python")
    found = Axe().run(lab.page, context=f'.dlx-live[data-explorable="{lab.name}"]').response["violations"]
    assert not found, [(rule["id"], rule["help"], [node["html"] for node in rule["nodes"]][:3]) for rule in found]


def test_nothing_moves_by_itself_for_readers_who_ask_for_that(figure):
    lab = figure(reduced_motion="reduce")
    moving = lab.live.evaluate("""figure => [figure, ...figure.querySelectorAll('*')].filter((e) => {
        const style = getComputedStyle(e);
        return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
    }).map((e) => e.className)""")
    assert moving == []


def test_without_scripts_the_poster_stays_and_says_what_it_shows(open_page, name):
    page = open_page(GALLERY, java_script_enabled=False)
    from deeplinear import explorables

    poster = page.get_by_role("img", name=getattr(explorables, name)().summary(), exact=True).first
    assert poster.is_visible()
    assert poster.locator("svg").count() == 1
