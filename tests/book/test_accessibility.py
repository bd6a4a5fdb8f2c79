"""Every page of the built book, for readers with a keyboard, a screen reader, a phone, a dark room,
or trouble with motion.
"""

import itertools
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from bookwork.book import chapters
from conftest import HTML

pytestmark = pytest.mark.browser

CHAPTERS = [chapter.file for chapter in chapters()]
PAGES = [f"{name}.html" for name in (*CHAPTERS, "index", "genindex", "search")]
SAMPLE = ["chapters/foundations/one-extra-number.html", "chapters/appendix/api.html", "search.html"]
MODES = [(width, theme) for width in (1200, 375) for theme in ("light", "dark")]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

# What is folded is opened. The drawings of static figures are hidden from assistive tools, and say so; their
# thousands of paths would be most of axe's work.
OPEN = """() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
    for (const button of document.querySelectorAll(".toggle-button-hidden")) button.click();
    for (const drawing of document.querySelectorAll("figure.dl-figure > svg[aria-hidden=true]")) {
        if (!drawing.querySelector("a, text, [tabindex]")) drawing.replaceChildren();
    }
}"""

# After a change of width the theme takes a moment to see which boxes scroll now.
SCROLLING_IS_REACHED = """() => [...document.querySelectorAll("pre")]
    .every((e) => e.scrollWidth <= e.clientWidth || e.tabIndex === 0)"""

# For contrast, one text of each kind: alike in colours, size, weight, and every ground that shines through. The
# rest is not drawn meanwhile, since axe looks under each text for whatever else is there, which takes minutes
# on the longest page.
PICK = """() => {
    const seen = new Set();
    const grounds = (element) => {
        const found = [];
        for (let e = element; e; e = e.parentElement) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(e);
            if (backgroundColor !== "rgba(0, 0, 0, 0)" || opacity !== "1") found.push(backgroundColor, opacity);
            if (backgroundImage !== "none") found.push(backgroundImage);
            if (/^rgb\\(/.test(backgroundColor)) break;
        }
        return found;
    };
    for (const e of document.querySelectorAll("[data-picked], [data-around]")) {
        delete e.dataset.picked;
        delete e.dataset.around;
    }
    document.getElementById("only-picked")?.remove();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const around = element.parentElement;
        const kind = [element.tagName, around.tagName, style.color, style.fontSize, style.fontWeight,
            style.textDecorationLine, getComputedStyle(around).color, ...grounds(element)].join();
        if (seen.has(kind)) continue;
        seen.add(kind);
        element.dataset.picked = "";
        for (let e = around; e !== document.body; e = e.parentElement) e.dataset.around = "";
    }
    const rest = document.createElement("style");
    rest.id = "only-picked";
    rest.textContent = "body :not([data-picked], [data-around], [data-picked] *) { display: none !important }";
    document.head.append(rest);
}"""


def axe(page, context=None, **options):
    """What axe finds, one line a rule."""
    found = page.evaluate(
        "([context, options]) => axe.run(context ?? document, options).then((found) => found.violations)",
        [context, {"resultTypes": ["violations"], "preload": False, **options}],
    )
    return [f"{rule['id']}: {rule['help']}: {[node['html'][:120] for node in rule['nodes']][:3]}" for rule in found]


@pytest.fixture(scope="module")
def tab(browser, book):
    """One tab for all pages; what it asks of other places is refused."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    yield page
    context.close()


def go(tab, address, width=1200, theme="light"):
    """Open a page, and wait for its mathematics if it is typeset here."""
    tab.emulate_media(reduced_motion="reduce")  # no colour on its way from one theme to the other
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(address)
    tab.wait_for_load_state("load")
    tab.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")
    paint(tab, theme)


def paint(tab, theme):
    tab.evaluate("(theme) => Object.assign(document.documentElement.dataset, { theme, mode: theme })", theme)


@pytest.fixture(scope="module", params=PAGES)
def page(request, tab, book):
    """Each page in turn, with everything on it unfolded."""
    if request.param == "index.html":  # it leads on at once: looked at where it cannot
        html = (HTML / "index.html").read_text(encoding="utf-8")
        tab.goto("about:blank")
        tab.set_content(re.sub(r'<meta http-equiv="refresh"[^>]*>', "", html))
    else:
        go(tab, f"{book}/{request.param}")
    tab.evaluate(OPEN)
    return tab


def test_axe_finds_nothing_to_mend(page):
    page.evaluate(Axe().axe_script)
    found = []
    for width, theme in MODES:
        page.evaluate("() => document.getElementById('only-picked')?.remove()")
        page.set_viewport_size({"width": width, "height": 900})
        paint(page, theme)
        if theme == "light":  # the other rules do not look at colours
            page.wait_for_function(SCROLLING_IS_REACHED)
            rules = {rule: {"enabled": False} for rule in COLOUR_RULES}
            found += [(width, line) for line in axe(page, rules=rules)]
        page.evaluate(PICK)
        found += [(width, theme, line) for line in axe(page, {"include": [["[data-picked]"]]}, runOnly=COLOUR_RULES)]
    page.evaluate("() => document.getElementById('only-picked')?.remove()")
    assert not found


def test_nothing_runs_off_a_phone(page):
    page.set_viewport_size({"width": 320, "height": 700})
    width = page.evaluate("() => document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1200, "height": 900})
    assert width <= 320


def test_every_picture_says_what_it_shows(page):
    names = page.evaluate("""() => [...document.querySelectorAll("img, [role=img], svg")]
        .filter((e) => !e.closest("[aria-hidden=true]") && !e.parentElement.closest("[role=img], button, summary"))
        .map((e) => [!e.closest("article"), e.getAttribute("aria-label") ?? e.alt ?? "", e.outerHTML.slice(0, 120)])""")
    for is_mark, name, html in names:
        assert name.strip(), html
        assert not re.search(r"\.(png|svg|jpe?g|gif|webp)$", name), name
        assert is_mark or len(name.split()) >= 5, name  # the marks of other services are named in a word or two
    assert len({name for _, name, _ in names}) == len(names)


def test_headings_are_in_order_and_the_language_is_set(page):
    levels = page.evaluate("""() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")]
        .filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))""")
    assert levels[0] == 1
    assert page.locator("h1").count() == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels
    assert page.evaluate("() => document.documentElement.lang") == "en"


def test_no_stop_of_the_keyboard_jumps_the_queue(page):
    assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0


@pytest.fixture(scope="module", params=SAMPLE)
def sample(request, tab, book):
    go(tab, f"{book}/{request.param}")
    return tab


def test_the_first_stop_skips_to_the_text(tab, book):
    go(tab, f"{book}/{SAMPLE[0]}")
    tab.keyboard.press("Tab")
    link = tab.locator(":focus")
    assert link.text_content() == "Skip to main content"
    box = link.bounding_box()
    assert 0 <= box["y"] < 100
    assert box["width"] > 50
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("() => Boolean(document.activeElement.closest('main'))")


def test_focus_is_seen_on_every_stop_in_both_themes(sample):
    sample.keyboard.press("Tab")  # from now on, what gets the focus shows it
    for theme in ("light", "dark"):
        paint(sample, theme)
        unseen = sample.evaluate("""() => {
            const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
            const light = (colour) => numbers(colour).slice(0, 3).map((c) => c / 255)
                .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
            const page = light(getComputedStyle(document.body).backgroundColor);
            const plain = [];
            const stops = "a[href], button, input, select, textarea, summary, [tabindex='0']";
            for (const stop of document.querySelectorAll(stops)) {
                stop.focus();
                if (document.activeElement !== stop || !stop.checkVisibility()) continue;
                const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(stop);
                const [low, high] = [page, light(outlineColor)].sort((a, b) => a - b);
                const contrast = (high + 0.05) / (low + 0.05);
                const strong = parseFloat(outlineWidth) >= 2 && contrast >= 3;
                if (outlineStyle === "none" || (outlineStyle !== "auto" && !strong)) {
                    plain.push(stop.outerHTML.slice(0, 120));
                }
            }
            return plain;
        }""")
        assert unseen == [], theme


@pytest.mark.parametrize(
    ("toggle", "dialog"), [("primary", "pst-primary-sidebar-modal"), ("secondary", "pst-secondary-sidebar-modal")]
)
def test_the_drawers_of_a_phone_open_hold_the_focus_and_close_by_keyboard(tab, book, toggle, dialog):
    go(tab, f"{book}/{SAMPLE[0]}", width=375)
    button = tab.locator(f"button.{toggle}-toggle:visible").first
    drawer = tab.locator(f"#{dialog}")
    button.focus()
    for leave in ("Escape", "button"):
        tab.keyboard.press("Enter")
        drawer.wait_for()
        for _ in range(4):
            tab.keyboard.press("Tab")
            assert tab.evaluate("""() => {
                const stop = document.activeElement;
                return stop === document.body || Boolean(stop.closest("dialog[open]"));
            }""")
        if leave == "button":
            tab.evaluate(Axe().axe_script)
            assert axe(tab) == []
            drawer.get_by_role("button", name="Close").focus()
        tab.keyboard.press("Enter" if leave == "button" else leave)
        drawer.wait_for(state="hidden")
        assert button.evaluate("(button) => button === document.activeElement")


def test_a_formula_that_scrolls_is_a_stop_and_one_that_fits_is_none(tab, book):
    go(tab, f"{book}/chapters/theory/end-to-end-update.html")
    stop = "() => { const { box } = window; return box.tabIndex === 0 && box.scrollWidth > box.clientWidth }"
    tab.evaluate("""() => {
        const formula = document.querySelector("div.math");
        window.box = formula.querySelector("mjx-container") ?? formula;
        window.long = document.createElement("span");
        window.long.style = "flex: none; display: inline-block; width: 600px; height: 1em";
        window.box.append(window.long);
    }""")
    assert not tab.evaluate(stop)
    tab.set_viewport_size({"width": 320, "height": 700})
    tab.wait_for_function(stop)
    tab.evaluate("() => window.long.remove()")
    tab.wait_for_function("() => window.box.tabIndex !== 0 || window.box.scrollWidth > window.box.clientWidth")


def test_nothing_moves_for_readers_who_ask_for_that(sample):
    moving = sample.evaluate("""() => [...document.querySelectorAll("html, body, body *")].filter((e) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(e);
        return parseFloat(transitionDuration) > 0 || animationName !== "none" || scrollBehavior !== "auto";
    }).map((e) => e.outerHTML.slice(0, 80))""")
    assert moving == []


def test_a_page_is_printed_in_light(tab, book):
    go(tab, f"{book}/{SAMPLE[0]}", theme="dark")
    printed = tab.evaluate("""() => {
        dispatchEvent(new Event("beforeprint"));
        const theme = document.documentElement.dataset.theme;
        dispatchEvent(new Event("afterprint"));
        return [theme, document.documentElement.dataset.theme];
    }""")
    assert printed == ["light", "dark"]


def test_code_that_was_folded_is_a_stop_once_it_is_open(tab, book):
    go(tab, f"{book}/chapters/experiments/scorecard.html")
    tab.evaluate(OPEN)
    tab.wait_for_function(SCROLLING_IS_REACHED)
