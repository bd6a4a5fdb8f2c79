"""For Sphinx: a build that begins from an earlier one says the same as a build from scratch.

Sphinx reads and writes only pages that changed. So a page with a warning would be silent the second
time, a page whose link lost its target would never warn, a changed style would not be copied, and a
page that was taken out would stay where it was built. Here pages that warned are forgotten, pages
that name what went or show what changed are written anew, and what was made of a removed page goes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["setup"]


class _Warned(logging.Handler):
    """Remembers the pages that warned; None stands for a warning that belongs to no page."""

    def __init__(self, app: Any) -> None:
        from sphinx.util.logging import WarningLogRecordTranslator

        super().__init__(logging.WARNING)
        self.app = app
        self.pages: set[str | None] = set()
        self.addFilter(WarningLogRecordTranslator(app))

    def emit(self, record: logging.LogRecord) -> None:
        from sphinx.util.logging import is_suppressed_warning

        kind, below = getattr(record, "type", ""), getattr(record, "subtype", "")
        if not is_suppressed_warning(kind, below, self.app.config.suppress_warnings):
            # "path/to/page.ipynb:12"; the path may also be that of a docstring, which is no page
            path = str(getattr(record, "location", None) or "").partition(":")[0]
            self.pages.add(self.app.env.path2doc(path) if path and hasattr(self.app, "env") else None)


def forget_what_warned(app: Any, warned: _Warned) -> None:
    """Pages that warned are read again next time. What warned without being a page makes the next build a fresh one."""
    trees = Path(app.doctreedir)
    if warned.pages - set(app.env.all_docs):
        (trees / "environment.pickle").unlink(missing_ok=True)
    for page in warned.pages & set(app.env.all_docs):
        (trees / f"{page}.doctree").unlink(missing_ok=True)


def take_out_removed(app: Any, env: Any, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Remove what was built from pages that the book no longer has."""
    if app.builder.format == "html":
        for page in removed:
            Path(app.outdir, app.builder.get_target_uri(page)).unlink(missing_ok=True)
            for source in Path(app.outdir, "_sources").glob(f"{page}.*"):
                source.unlink()
    return []


def targets(env: Any) -> set[str]:
    """Whatever a link can name: pages, labels, statements, exercises, equations, headings."""
    found = {name for domain in env.domains.values() for name, *_ in domain.get_objects()}
    found |= set(env.get_domain("math").equations)
    for page, metadata in env.metadata.items():
        found |= {f"{page}#{slug}" for slug in metadata.get("myst_slugs", ())}
    return found | set(env.all_docs)


def named_by(doctree: Any) -> Iterator[str]:
    """What the links of a page name, in the form of :func:`targets`."""
    from sphinx import addnodes

    for link in doctree.findall(addnodes.pending_xref):
        yield link.get("reftarget", "")
        if link.get("reftargetid"):
            yield f"{link.get('reftarget')}#{link['reftargetid']}"


def write_what_lost_a_target(app: Any, env: Any) -> Iterable[str]:
    """The pages that name something that was there in the last build and is gone: written anew, they say so."""
    now = targets(env)
    gone = getattr(env, "bookwork_targets", now) - now
    env.bookwork_targets = now
    lost = []
    for page in sorted(env.all_docs) if gone else ():
        try:
            tree = env.get_doctree(page)
        except FileNotFoundError:  # it warned in the last build, and is read anew anyway
            continue
        if not gone.isdisjoint(named_by(tree)):
            lost.append(page)
    return lost


def write_what_shows_a_changed_style(app: Any, env: Any) -> Iterable[str]:
    """All pages, if a file of ``_static`` changed.

    Sphinx copies it only when it writes pages, and they name its checksum.
    """
    if app.builder.format == "html":
        own = Path(app.srcdir, "_static")  # those of extensions change with the lock alone
        for path in own.rglob("*"):
            built = Path(app.outdir, "_static", path.relative_to(own))
            if path.is_file() and (not built.exists() or built.read_bytes() != path.read_bytes()):
                return sorted(env.all_docs)
    return []


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    warned = _Warned(app)
    logger = logging.getLogger("sphinx")
    for handler in [handler for handler in logger.handlers if isinstance(handler, _Warned)]:
        logger.removeHandler(handler)  # of an earlier build of this process
    logger.addHandler(warned)

    def finish(app: Any, error: Exception | None) -> None:
        if error is None:
            forget_what_warned(app, warned)

    app.connect("env-get-outdated", take_out_removed)
    app.connect("env-updated", write_what_lost_a_target)
    app.connect("env-updated", write_what_shows_a_changed_style)
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
