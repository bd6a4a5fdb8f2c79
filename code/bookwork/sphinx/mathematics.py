"""For Sphinx: formulas are typeset while the book is built, so a page needs no script and no network to show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bookwork.sphinx import katex

__all__ = ["setup"]

# A formula wider than its column scrolls in its own box. Only then is the box a stop of the Tab key.
SCROLLING = """
document.addEventListener("DOMContentLoaded", () => {
  const watch = new ResizeObserver((boxes) => {
    for (const { target } of boxes) {
      const wide = target.scrollWidth > target.clientWidth;
      if (wide) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of document.querySelectorAll("div.math")) watch.observe(box);
});
"""


def typeset(node: Any, display: bool) -> str:
    """The HTML of a formula.

    One that cannot be typeset is a warning of the build, and stands in the page as its source.
    """
    from html import escape

    from sphinx.util import logging

    formula = node.astext().strip()
    if display and not node.get("no-wrap", node.get("nowrap")):
        # As everywhere in Sphinx: a blank line parts equations, and a line break needs an environment around it.
        parts = [
            part if r"\\" not in part else rf"\begin{{split}}{part}\end{{split}}"
            for part in formula.split("\n\n")
            if part.strip()
        ]
        formula = parts[0] if len(parts) == 1 else r"\begin{aligned}" + r"\\".join(parts) + r"\end{aligned}"
    try:
        return katex.html(formula, display)
    except katex.FormulaError as error:
        logging.getLogger(__name__).warning("the formula %r cannot be typeset: %s", node.astext(), error, location=node)
        return f"<code>{escape(node.astext())}</code>"


def inline(writer: Any, node: Any) -> None:
    """A formula in a line of text."""
    from docutils import nodes

    writer.body.append(
        writer.starttag(node, "span", "", CLASS="math notranslate nohighlight") + typeset(node, False) + "</span>"
    )
    raise nodes.SkipNode


def display(writer: Any, node: Any) -> None:
    """A formula on lines of its own, with its number and the link to it."""
    from docutils import nodes

    writer.body.append(writer.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    if node["number"]:
        writer.body.append(f'<span class="eqno">({node["number"]})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(typeset(node, True) + "</div>\n")
    raise nodes.SkipNode


def install(app: Any) -> None:
    """Put what the pages need beside them."""
    if app.builder.format == "html":
        katex.install(Path(app.outdir) / "_static" / "katex")
        app.add_css_file("katex/katex.min.css")
        app.add_js_file("katex/copy-tex.min.js", loading_method="defer")
        app.add_js_file(None, body=SCROLLING)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_config_value("katex_version", katex.VERSION, "html")
    app.add_html_math_renderer("katex", inline_renderers=(inline, None), block_renderers=(display, None))
    app.connect("builder-inited", install)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
