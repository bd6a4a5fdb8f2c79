"""TwoPointLab in the built preface, offline, under the hands of a reader."""

import numpy as np
import pytest

pytestmark = pytest.mark.browser
PREFACE = "chapters/preface.html"
PICTURE = "document.querySelector('.dlx-live canvas').toDataURL()"


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


def test_depth_changes_the_picture(lab):
    page = lab()
    before = page.evaluate(PICTURE)
    page.get_by_label("Depth N").press("ArrowRight")
    wait_for_sentence(page, "depth-3")
    assert page.evaluate(PICTURE) != before


def test_divergence_is_named_with_its_step_in_words_and_in_the_picture(lab):
    page = lab()
    choose(page, "the network on the edge")
    wait_for_sentence(page, "diverges at step 2")
    assert page.get_by_role("img", name="The depth-2 network diverges at step 2").count() == 1
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
    page.wait_for_selector(".dlx-table:not([aria-busy]) td button", timeout=60_000)
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
        " && !document.querySelector('.dlx-table').ariaBusy",
        timeout=60_000,
    )
    found = shown(page)["comparison"]
    assert found["gd"]["best"]["reached"] == 1 < found["factors"]["best"]["reached"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 375, 320])
def test_the_comparison_stays_in_its_column_and_the_figure_follows_the_theme(lab, width, theme):
    page = lab(width=width, color_scheme=theme)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.wait_for_timeout(100)
    light = page.evaluate(PICTURE)
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
    choose(page, "Best rate for each method")
    page.wait_for_selector(".dlx-table:not([aria-busy]) td button", timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = page.evaluate("getComputedStyle(document.querySelector('.text_html:has(.dl-explorable)')).backgroundColor")
    assert ground == "rgba(0, 0, 0, 0)"
    ink = page.evaluate("getComputedStyle(document.querySelector('.dlx-live')).color")
    assert (sum(int(part) for part in ink[4:-1].split(",")) / 3 > 128) is (theme == "dark")
    if theme == "dark":
        page.wait_for_function(f"light => {PICTURE} !== light", arg=light)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.wait_for_function(f"light => {PICTURE} === light", arg=light)
