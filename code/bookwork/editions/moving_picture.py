"""`make readme-picture`: the figure of the preface as a hand moves its depth, one animated picture for the README.

Chromium draws every frame from the built book, as a reader sees it. The frames become one animated
WebP, small enough to be seen at once where the README is shown.
"""

from __future__ import annotations

import io
import sys

from bookwork import chromium
from bookwork.book import HTML, ROOT
from bookwork.files import write

__all__ = ["TARGET", "animated", "frames", "main"]

TARGET = ROOT / "data" / "readme.webp"
PAGE, FIGURE = "chapters/preface", ".dlx-live:has(input[name=depth])"
DEPTHS = (1, 2, 3, 4, 5, 4, 3, 2)
WIDTH, MILLISECONDS = 720, 900

_SET = """([figure, depth]) => {
  const input = document.querySelector(`${figure} input[name=depth]`);
  input.value = depth;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def frames() -> list[bytes]:
    """One PNG a depth.

    Raises
    ------
    RuntimeError
        If there is no Chromium, or the book is not built.
    """
    from playwright.sync_api import sync_playwright

    executable, path = chromium.executable(), HTML / f"{PAGE}.html"
    if executable is None or not path.exists():
        raise RuntimeError("no Chromium on this machine" if executable is None else "run `make book` first")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 1400}, color_scheme="light")
        page.route("http**", lambda route: route.abort())
        page.goto(path.as_uri())
        figure = page.locator(FIGURE).first
        figure.wait_for(timeout=120_000)
        figure.scroll_into_view_if_needed()
        shown = []
        for depth in DEPTHS:
            page.evaluate(_SET, [FIGURE, depth])
            page.wait_for_timeout(400)
            shown.append(figure.screenshot())
        browser.close()
    return shown


def animated(pictures: list[bytes], width: int = WIDTH) -> bytes:
    """The `pictures` as one animated WebP of this `width` that runs for ever."""
    from PIL import Image

    opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    height = round(width * opened[0].height / opened[0].width)
    small = [picture.resize((width, height), Image.Resampling.LANCZOS) for picture in opened]
    stream = io.BytesIO()
    small[0].save(
        stream, "WEBP", save_all=True, append_images=small[1:], duration=MILLISECONDS, loop=0, quality=70, method=6
    )
    return stream.getvalue()


def main() -> int:
    """Draw it; returns the exit status."""
    try:
        content = animated(frames())
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    write(TARGET, content)
    print(f"{TARGET.relative_to(ROOT)}: {len(content) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
