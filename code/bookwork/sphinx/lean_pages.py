"""For Sphinx: lean pages.

What the theme puts in every page and this book has no use for is left out, and nothing holds up the text.
"""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

from bookwork.files import write

__all__ = ["setup", "subset"]

FONTS = {"Font Awesome 6 Free": "fa-solid-900", "Font Awesome 6 Brands": "fa-brands-400"}
# Added by the theme's scripts, so not to be found in the pages.
BY_SCRIPTS = {"fa-xmark"}
ICON = re.compile(r'class="([^"]*\bfa-[^"]*)"')
RULE = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')


def lighten(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Every script once, Thebe's only if pages can be made live, and files after the text instead of before it."""
    thebe = (app.config.html_theme_options.get("launch_buttons") or {}).get("thebe")
    kept: list[Any] = []
    for script in context["script_files"]:
        name = str(script.filename or "")
        if not thebe and ("thebe" in name or "THEBE_JS_URL" in script.attributes.get("body", "")):
            continue
        # The options are read by inline scripts, and the scripts of the page for searching wait for none.
        if name and "documentation_options" not in name and page != "search" and "async" not in script.attributes:
            script = type(script)(script.filename, priority=script.priority, **{**script.attributes, "defer": "defer"})
        if script not in kept:
            kept.append(script)
    context["script_files"] = kept
    context["css_files"] = [
        style
        for number, style in enumerate(context["css_files"])
        if style not in context["css_files"][:number] and (thebe or "thebe" not in str(style.filename))
    ]


def characters_used(folder: Path) -> set[int]:
    """The icons, as code points of their fonts, that pages name by a class or style sheets put beside an admonition."""
    pages = [path.read_text(encoding="utf-8") for path in folder.rglob("*.html") if "_static" not in path.parts]
    used = {name for page in pages for classes in ICON.findall(page) for name in classes.split()} | BY_SCRIPTS
    sheets = (path for path in (folder / "_static").rglob("*.css") if path.name != "icons.css")
    styles = "".join(path.read_text(encoding="utf-8") for path in sheets)
    named = {code for names, code in RULE.findall(styles) if used & set(re.findall(r"fa-[a-z0-9-]+", names))}
    others = RULE.sub("", styles)
    escaped = re.findall(r'"\\([ef][0-9a-f]{3})"', others)
    return {int(code, 16) for code in named.union(escaped)} | {
        ord(sign) for sign in others if "\ue000" <= sign <= "\uf8ff"
    }


def subset(font: Path, characters: set[int]) -> bytes:
    """A font with these characters alone, as WOFF."""
    from fontTools import subset, ttLib

    options = subset.Options(flavor="woff", notdef_outline=True)
    with ttLib.TTFont(font, recalcTimestamp=False) as whole:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=sorted(characters))
        cutter.subset(whole)
        stream = io.BytesIO()
        whole.flavor = "woff"
        whole.save(stream)
    return stream.getvalue()


def keep_used_icons(app: Any, error: Exception | None) -> None:
    """Write a style sheet with the used icons inside.

    The theme's fonts stay for any other, and are loaded only then.
    """
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    characters, rules = characters_used(Path(app.outdir)), []
    for family, name in FONTS.items():
        data = base64.b64encode(subset(static / "vendor/fontawesome/webfonts" / f"{name}.ttf", characters)).decode()
        weight = name.rsplit("-", 1)[1]
        codes = ",".join(f"U+{code:X}" for code in sorted(characters))
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:normal;unicode-range:{codes};'
            f'src:url("data:font/woff;base64,{data}") format("woff")}}\n'
        )
    write(static / "icons.css", "".join(rules))


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_css_file("icons.css", priority=900)
    app.connect("html-page-context", lighten, priority=900)
    app.connect("build-finished", keep_used_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
