"""What a build imports before it begins: half the time of a warm build, which `make watch` pays once."""

from __future__ import annotations

import sys
import warnings

# jsonschema does without this package where it is not installed. Where it is, its grammars take four seconds to
# set up, for addresses of a kind that no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

with warnings.catch_warnings():
    # Jupyter Book 1 uses names that Click and docutils will drop; the lock keeps versions that have them.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    import jupyter_book.sphinx
    import myst_nb.sphinx_ext  # noqa: F401
    import sphinx_book_theme  # noqa: F401
    from jupyter_book.cli.main import main as jupyter_book

__all__ = ["jupyter_book"]
