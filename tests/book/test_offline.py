"""Every page of the book asks nobody for anything.

From a server with all else refused, and unzipped, from the file system.
"""

import io
import re
import zipfile

import pytest

from bookwork.editions import offline
from conftest import HTML

pytestmark = pytest.mark.browser
LEFT = r"""() => {
    const prose = document.querySelector('main').cloneNode(true);
    for (const code of prose.querySelectorAll('pre, code, script, style, annotation')) code.remove();
    const text = prose.textContent;
    const raw = text.match(/.{0,30}(\\[([]|\$\$|\\begin\{).{0,30}/);
    const errors = [...document.querySelectorAll('.katex-error, merror')].map((e) => e.textContent);
    return [...(raw ? [`raw formula: ${raw[0]}`] : []), ...errors];
}"""
ALIVE = "count => document.querySelectorAll('.dlx-live').length === count"
# Where a formula begins, from the left edge of its box.
BEGINS = "box.querySelector('.katex-display').getBoundingClientRect().left - box.getBoundingClientRect().left"
SIDEWAYS = """() => [...document.querySelectorAll('.math')].filter((box) => {
    const room = document.querySelector('.bd-article').getBoundingClientRect().right + 1;
    return box.getBoundingClientRect().right > room && !box.closest('table, pre, .dl-figure');
}).map((box) => box.querySelector('annotation').textContent)"""


@pytest.fixture(scope="session")
def unzipped(tmp_path_factory):
    """The address of the book out of the zip, in a folder with a space and letters beyond ASCII."""
    folder = tmp_path_factory.mktemp("offline") / "à lire ℓ4"
    zipfile.ZipFile(io.BytesIO(offline.pack(HTML, "1"))).extractall(folder)
    return (folder / "implicit-acceleration-1").as_uri()


@pytest.fixture(params=["served", "unzipped"])
def home(request):
    """Where the book is, over HTTP and in the file system."""
    return (
        request.getfixturevalue("book") if request.param == "served" else request.getfixturevalue("unzipped") + "/book"
    )


@pytest.fixture
def reader(browser, home):
    """A page that refuses every request to anywhere but `home`, and notes it with all errors in `complaints`."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.complaints = []

    def route(route):
        if route.request.url.startswith((home, "data:", "blob:")):
            return route.continue_()
        page.complaints.append(f"asks for {route.request.url}")
        return route.abort()

    page.route("**/*", route)
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    # Going on to the next page breaks off what the last one still asks for: that is no loss.
    page.on(
        "requestfailed", lambda request: "ABORTED" in request.failure or page.complaints.append(f"lost {request.url}")
    )
    yield page
    context.close()


def test_every_page_is_whole_without_a_network(reader, home):
    wrong = {}
    # The first address leads on at once; its own test is below.
    paths = sorted(path for path in HTML.rglob("*.html") if "_static" not in path.parts and path != HTML / "index.html")
    for path in paths:
        name, reader.complaints[:] = path.relative_to(HTML).as_posix(), []
        reader.goto(f"{home}/{name}", timeout=120_000)
        figures = len(re.findall(r"page\.show\(figure, ", path.read_text(encoding="utf-8")))
        reader.wait_for_function(ALIVE, arg=figures, timeout=120_000)
        reader.evaluate("document.fonts.ready.then(() => null)")
        if found := reader.complaints + reader.evaluate(LEFT):
            wrong[name] = found
    assert wrong == {}
    assert len(paths) > 25


def test_the_search_finds_pages(reader, home):
    reader.goto(f"{home}/search.html?q=preconditioner")
    found = reader.locator("#search-results li")
    found.first.wait_for(timeout=60_000)
    reader.wait_for_load_state("networkidle")
    assert reader.locator("#search-results").get_by_text("Depth as a preconditioner", exact=True).count() == 1
    assert found.count() > 5
    assert reader.complaints == []


def test_the_way_in_leads_to_the_preface_and_a_figure_keeps_its_state_in_the_address(browser, unzipped):
    page = browser.new_page()
    page.goto(f"{unzipped}/index.html")
    page.wait_for_url("**/book/chapters/preface.html")
    page.wait_for_selector(".dlx-live", timeout=60_000)
    page.get_by_label("Depth N").press("ArrowRight")
    page.wait_for_function("location.hash.includes('depth=3')")
    page.close()


def test_wide_formulas_scroll_in_their_own_box_which_the_keyboard_reaches(open_page):
    page = open_page("chapters/theory/end-to-end-update.html", width=320)
    boxes = "[...document.querySelectorAll('div.math')]"
    page.wait_for_function(f"{boxes}.some((box) => box.tabIndex === 0)")
    assert page.evaluate(f"{boxes}.every((box) => (box.scrollWidth > box.clientWidth) === (box.tabIndex === 0))")
    assert page.evaluate(f"{boxes}.filter((box) => {BEGINS} < -1).length") == 0
    assert page.evaluate(SIDEWAYS) == []
    page.set_viewport_size({"width": 1600, "height": 900})
    page.wait_for_function(f"{boxes}.filter((box) => box.tabIndex === 0).length < {boxes}.length / 2")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_formulas_have_the_colour_of_the_text(open_page, theme):
    page = open_page("chapters/theory/depth-as-preconditioner.html", color_scheme=theme)
    colour = "getComputedStyle(document.querySelector('.bd-article p {}')).color"
    assert page.evaluate(colour.format(".katex .mord")) == page.evaluate(
        "getComputedStyle(document.querySelector('.bd-article')).color"
    )


def test_the_icons_in_use_come_with_the_page(open_page):
    fetched = []
    page = open_page("chapters/theory/depth-as-preconditioner.html")
    page.on("request", lambda request: fetched.append(request.url))
    page.reload(wait_until="networkidle")
    assert not [url for url in fetched if "fontawesome" in url]
    shown = page.locator(".fa-bars").first
    assert shown.evaluate("icon => getComputedStyle(icon, '::before').content") not in ("none", "normal")
    loaded = "[...document.fonts].filter((face) => face.family.includes('Awesome') && face.status === 'loaded').length"
    assert page.evaluate(loaded) >= 2
