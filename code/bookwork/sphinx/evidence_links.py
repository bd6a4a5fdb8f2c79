"""For Sphinx: numbered statements may say their domain, hypotheses and evidence, for the ledger of what is verified;
at the foot of each is a link to its place there.
"""

from __future__ import annotations

from typing import Any

__all__ = ["setup"]


def link_to_the_ledger(app: Any, doctree: Any) -> None:
    """Append the link to the statements of a page. A statement that the ledger lacks is a warning of the build."""
    from docutils import nodes
    from sphinx import addnodes

    document = app.env.docname
    for statement in doctree.findall(
        lambda node: isinstance(node, nodes.Element) and "proof" in node.get("classes", [])
    ):
        if not statement.get("label"):
            continue
        target = f"evidence-{statement['label']}"
        link = addnodes.pending_xref(
            "", refdomain="std", reftype="ref", reftarget=target, refexplicit=True, refwarn=True, refdoc=document
        )
        link += nodes.inline("", "how this is verified", classes=["std", "std-ref"])
        statement += nodes.paragraph("", "", link, classes=["evidence"])


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    from docutils.parsers.rst import directives
    from sphinx_proof.directive import ElementDirective

    for option in ("domain", "hypotheses", "evidence"):
        ElementDirective.option_spec[option] = directives.unchanged_required
    app.connect("doctree-read", link_to_the_ledger)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
