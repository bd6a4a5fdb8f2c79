"""TwoPointLab in the built preface, offline, under the hands of a reader."""

import numpy as np
import pytest

pytestmark = pytest.mark.browser
PREFACE = "chapters/preface.html"

# From the frame in which an input is handled to the task after that frame is painted, and the handler itself.
TIMING = """async ([name, count]) => {
  const input = document.querySelector(`.dlx-live input[name=${name}]`);
  const [low, high, step] = [Number(input.min), Number(input.max), Number(input.step)];
  const times = [];
  for (let i = 0; i < count; i++) {
    await new Promise((done) => setTimeout(done, 30));
    input.value = low + step * ((i * 7) % Math.round((high - low) / step));
    let frame;
    requestAnimationFrame(() => (frame = performance.now()));
    const start = performance.now();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const handled = performance.now() - start;
    await new Promise((done) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = done;
      port2.postMessage(0);
    }));
    times.push(handled + performance.now() - frame);
  }
  return times;
}"""


@pytest.fixture
def lab(open_page):
    """Open the preface and wait until its figure is live."""

    def open_lab(fragment="", **settings):
        page = open_page(PREFACE + fragment, **settings)
        page.wait_for_selector(".dlx-live")
        return page

    return open_lab


def sentence(page):
    return page.locator(".dlx-sentence").first.text_content()


def shown(page):
    return page.evaluate("document.querySelector('.dlx-live').shown()")


def choose(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def wait_for_sentence(page, part):
    page.wait_for_function("part => document.querySelector('.dlx-sentence').textContent.includes(part)", arg=part)


def test_the_keyboard_moves_a_slider_and_the_sentence_follows(lab):
    page = lab()
    before = sentence(page)
    page.get_by_label("Depth N").focus()
    page.keyboard.press("ArrowRight")
    wait_for_sentence(page, "depth-3 network")
    assert sentence(page) != before
    assert shown(page)["state"]["depth"] == 3
    page.wait_for_function("document.querySelector('.dlx-spoken').textContent.includes('depth-3')")


def test_every_control_can_be_reached_with_the_tab_key(lab):
    page = lab()
    page.get_by_role("button", name="p = 2: depth buys nothing").focus()
    reached = set()
    for _ in range(20):
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
        page.keyboard.press("Tab")
    assert {"method", "depth", "p", "learning_rate", "ratio", "scale", "direction"} <= reached
    assert {"Best rate for each method", "Reset", "Copy as Python"} <= reached


def test_the_pointer_drags_a_slider(lab):
    page = lab()
    slider = page.get_by_label("Power p")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=5)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.dlx-live').shown().state.p > 5")
    assert "p=" in page.evaluate("location.hash")


def test_depth_changes_the_path(lab):
    page = lab()
    before = page.locator("path.dlx-line.dlx-thick").first.get_attribute("d")
    page.get_by_label("Depth N").press("ArrowRight")
    wait_for_sentence(page, "depth-3")
    assert page.locator("path.dlx-line.dlx-thick").first.get_attribute("d") != before


def test_divergence_is_named_with_its_step_in_words_and_in_the_picture(lab):
    page = lab()
    choose(page, "the network on the edge")
    wait_for_sentence(page, "diverges at step 2")
    assert page.locator("svg text", has_text="network, N = 2 diverges").count() == 1
    page.wait_for_function("document.querySelector('.dlx-spoken').textContent.includes('diverges at step 2')")


def test_the_presets_show_what_they_promise(lab):
    page = lab()
    choose(page, "p = 2: depth buys nothing")
    wait_for_sentence(page, "12 times slower than plain gradient descent at its own rate (1)")
    choose(page, "a lucky rate")
    wait_for_sentence(page, "after 755 steps")
    choose(page, "the knife edge")
    wait_for_sentence(page, "after 12 steps")
    run = shown(page)["run"]
    assert (run["w1"][1], run["w2"][1]) == pytest.approx((99.80, 0.4995), abs=5e-3)
    choose(page, "p = 4: depth helps")
    wait_for_sentence(page, "2.9 times faster")


def test_reset_brings_everything_back_and_clears_the_address(lab):
    page = lab()
    first = shown(page)["state"]
    page.get_by_label("Method").select_option("adam")
    page.get_by_label("Power p").press("End")
    page.wait_for_function("document.querySelector('.dlx-live').shown().state.p === 8")
    assert page.evaluate("location.hash")
    choose(page, "Reset")
    page.wait_for_function("document.querySelector('.dlx-live').shown().state.p === 4")
    assert shown(page)["state"] == first
    assert page.evaluate("location.hash") == ""


def test_a_link_reproduces_the_figure(lab):
    page = lab()
    page.get_by_label("Depth N").press("ArrowRight")
    page.get_by_label("Targets").press("Home")
    page.get_by_label("Direction").select_option("equal")
    page.wait_for_function("location.hash.includes('direction=equal')")
    state, said = shown(page)["state"], sentence(page)
    other = lab(page.evaluate("location.hash"))
    assert shown(other)["state"] == state
    assert sentence(other) == said
    other.evaluate("location.hash = '#TwoPointLab:p=2;depth=99;method=nonsense;learning_rate=0.01'")
    other.wait_for_function("document.querySelector('.dlx-live').shown().state.p === 2")
    assert shown(other)["state"]["depth"] == 2
    assert other.errors == []


@pytest.mark.parametrize(
    "fragment",
    [
        "",
        "#TwoPointLab:depth=3;p=3;learning_rate=4.64e-5;method=rule",
        "#TwoPointLab:p=2.5;learning_rate=0.01;method=momentum",
        "#TwoPointLab:p=6;ratio=3;learning_rate=0.05;method=adam;direction=equal",
        "#TwoPointLab:learning_rate=0.0005",
    ],
)
def test_the_python_to_copy_computes_the_numbers_on_screen(lab, fragment):
    page = lab(fragment)
    choose(page, "Copy as Python")
    code = page.locator("pre.dlx-code").text_content()
    names = {}
    statements, expression = code.rsplit("\n", 1)
    exec(statements, names)
    run, screen = eval(expression, names), shown(page)["run"]
    assert run.steps.tolist() == screen["steps"]
    assert (run.reached, run.diverged) == tuple(None if n < 0 else n for n in (screen["reached"], screen["diverged"]))
    np.testing.assert_allclose(run.weights, np.transpose([screen["w1"], screen["w2"]]), rtol=1e-8)
    np.testing.assert_allclose(run.loss, screen["loss"], rtol=1e-8, atol=1e-20)


@pytest.mark.parametrize("worker", [True, False])
def test_the_best_rates_are_found_in_a_worker_and_without_one(lab, worker):
    page = lab()
    if not worker:
        page.evaluate("delete window.Worker")
    choose(page, "Best rate for each method")
    page.wait_for_selector(".dlx-rates:not([aria-busy]) td button", timeout=60_000)
    found = shown(page)["comparison"]
    assert {method: found[method]["best"]["reached"] for method in ("gd", "rule", "factors")} == {
        "gd": 20_365,
        "rule": 1_486,
        "factors": 754,
    }
    assert bool(page.used_workers) is worker
    page.get_by_role("button", name="754 steps").click()
    wait_for_sentence(page, "after 754 steps")
    choose(page, "p = 2: depth buys nothing")
    page.wait_for_function(
        "document.querySelector('.dlx-live').shown().comparison.adam?.best?.reached === 59"
        " && !document.querySelector('.dlx-rates').ariaBusy",
        timeout=60_000,
    )
    found = shown(page)["comparison"]
    assert found["gd"]["best"]["reached"] == 1 < found["factors"]["best"]["reached"]


@pytest.mark.parametrize("width", [1200, 375, 320])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_asks_for_nothing_complains_of_nothing_and_stays_in_its_column(lab, width, theme):
    page = lab(width=width, color_scheme=theme)
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    choose(page, "Best rate for each method")
    page.wait_for_selector(".dlx-rates:not([aria-busy]) td button", timeout=60_000)
    assert page.outside == []
    assert page.errors == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    too_wide = """() => {
        const right = (element) => element.getBoundingClientRect().right;
        const edge = right(document.querySelector('figure.dl-explorable')) + 1;
        return [...document.querySelectorAll('.dlx-live :not(svg *)')].filter((e) => right(e) > edge).map((e) => e.className);
    }"""
    assert page.evaluate(too_wide) == []
    paper, ink = page.evaluate("""() => { const style = getComputedStyle(document.querySelector('.dlx-live'));
        const figure = document.querySelector('.text_html:has(.dl-explorable)');
        return [getComputedStyle(figure).backgroundColor, style.color]; }""")
    assert paper == "rgba(0, 0, 0, 0)"
    brightness = sum(int(part) for part in ink[4:-1].split(",")) / 3
    assert (brightness > 128) is (theme == "dark")


def test_without_scripts_the_poster_stays_and_says_what_it_shows(open_page):
    page = open_page(PREFACE, java_script_enabled=False)
    poster = page.locator(".dlx-poster")
    assert poster.is_visible()
    assert "reaches a loss of 0.01" in poster.get_attribute("aria-label")


def test_from_event_to_painted_frame(lab, capsys):
    page = lab()
    with capsys.disabled():
        for name in ("learning_rate", "depth", "p", "ratio"):
            times = np.array(page.evaluate(TIMING, [name, 40]))
            middle, slow = np.percentile(times, (50, 95))
            print(f"\n{name}: event to painted frame {middle:.1f} ms (median), {slow:.1f} ms (95 %)", end="")
    assert page.errors == []
