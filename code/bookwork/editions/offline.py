"""The built book as one zip for reading without a network: unzip it anywhere and open `index.html`.

The same pages give the same bytes: names are sorted, and every file carries one date.
"""

from __future__ import annotations

import sys
from pathlib import Path

import deeplinear
from bookwork.book import HTML, ROOT
from bookwork.editions.archive import zipped
from bookwork.files import write

__all__ = ["main", "pack"]

START = "chapters/preface.html"
# For servers, for other books that link here, and for those who debug the theme.
LEFT_OUT = {".map", ".inv", ".buildinfo", ".doctrees"}
INDEX = f"""<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Implicit Acceleration</title>
    <meta http-equiv="refresh" content="0; url=book/{START}">
  </head>
  <body>
    <p><a href="book/{START}">Open the book</a></p>
  </body>
</html>
"""
README = """Implicit Acceleration, version {version}: the book for reading without a network

Open index.html in a browser. Search, mathematics and live figures work from the file system; no page asks the network
for anything. Links that start Binder or Colab, and links to sources elsewhere, need a network when they are followed.
The notebook of each chapter is in book/_sources.

Text and figures: CC BY 4.0. Code: BSD 3-Clause. Mathematics is set with KaTeX: book/_static/katex/LICENSE.
"""


def pack(html: Path, version: str) -> bytes:
    """The zip of a built book, with one folder at its top."""
    if not html.joinpath(START).is_file():
        raise FileNotFoundError(f"there is no built book in {html}: run `make book` first")
    top = f"implicit-acceleration-{version}"
    files = {f"{top}/index.html": INDEX.encode(), f"{top}/README.txt": README.format(version=version).encode()}
    for path in html.rglob("*"):
        if path.is_file() and not LEFT_OUT & {path.name, path.suffix}:
            files[f"{top}/book/{path.relative_to(html).as_posix()}"] = path.read_bytes()
    return zipped(files)


def main() -> int:
    """Write the zip into ``dist``."""
    version = deeplinear.__version__
    path = ROOT / "dist" / f"implicit-acceleration-{version}-offline.zip"
    try:
        content = pack(HTML, version)
    except FileNotFoundError as error:
        print(error)
        return 1
    write(path, content)
    print(f"The book for reading offline: {path} ({len(content) / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
