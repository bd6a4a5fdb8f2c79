"""What every interactive figure shares: its state as traits, its poster, and the two ways it comes alive.

A subclass names its script (``_module``), declares its controls as traits (:mod:`deeplinear.explorables.traits`), and draws its
poster. In a notebook front end the widget view runs the script against this object. In a page of the book there is no kernel:
the HTML beside the widget view holds the same script and a model of a few lines, and shows the poster until it runs. Viewers
that run no scripts (GitHub, print) keep the poster.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from functools import cache
from html import escape
from typing import Any, ClassVar

import anywidget
from traitlets import Dict

from deeplinear.explorables.linking import HERE, link
from deeplinear.explorables.traits import is_control

__all__ = ["Explorable"]

_WIDGET = "export default { render: async (context) => (await main).default.render(context) };\n"

_PAGE = 'import(urls["page.mjs"]).then(async (page) => page.show(await main, %s));\n'

# How often each figure has been shown, so that two with the same state get different ids.
_shown: Counter[str] = Counter()


class Explorable(anywidget.AnyWidget):  # type: ignore[misc]
    """Base class of the interactive figures.

    Subclasses define `_module`, `_title`, their controls, :meth:`compute`, :meth:`poster` and :meth:`summary`; `_data` if their
    script needs numbers beside the controls.

    Raises
    ------
    TypeError
        If a keyword names no control.
    ValueError
        If a control is out of its range.
    """

    _module: ClassVar[str]
    _title: ClassVar[str]

    data = Dict(help="what the script needs beside the controls").tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "_module" in cls.__dict__:
            cls._esm = link(cls._module) + _WIDGET
            cls._css = _style()
        super().__init_subclass__(**kwargs)

    def __init__(self, **controls: Any) -> None:
        unknown = sorted(set(controls) - set(self._control_names()))
        if unknown:
            known = ", ".join(self._control_names())
            raise TypeError(f"{type(self).__name__} has no control {unknown[0]!r}, it has {known}")
        super().__init__(data=self._data(), **controls)

    @property
    def state(self) -> dict[str, Any]:
        """The value of every control, in the order of their definition."""
        return {name: getattr(self, name) for name in self._control_names()}

    def compute(self) -> Any:
        """The numbers that the figure draws, as a frozen dataclass of arrays and numbers.

        The script computes the same, and its "Copy as Python" is this call.
        """
        raise NotImplementedError

    def poster(self, standalone: bool = False) -> str:
        """The figure as it is now, an SVG element; with its own background if `standalone`."""
        raise NotImplementedError

    def summary(self) -> str:
        """What the figure shows now, in a sentence or two: the text alternative of the poster."""
        raise NotImplementedError

    def _data(self) -> dict[str, Any]:
        return {}

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.state.items())
        return f"{type(self).__name__}({values})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data = dict(data) | {"text/plain": repr(self), "text/html": self._html(), "image/svg+xml": self.poster(standalone=True)}
        return data, metadata

    def _html(self) -> str:
        name, state = type(self).__name__, json.dumps(self.state)
        _shown[name] += 1
        _shown[name + state] += 1
        identity = "dl-" + hashlib.sha256(f"{name}{state}{_shown[name + state]}".encode()).hexdigest()[:8]
        # In a link a figure goes by its class, and by its number on the page from the second on: ids change with the state.
        link_name = name if _shown[name] == 1 else f"{name}-{_shown[name]}"
        page = json.dumps(
            {"id": identity, "name": link_name, "state": self.state, "domain": self._domain(), "data": self.data},
            ensure_ascii=False,
            separators=(",", ":"),
        ).replace("<", "\\u003c")
        return (
            f'<figure class="dl-explorable" id="{identity}" aria-label="{escape(self._title, quote=True)}">'
            f"<style>{_style()}</style>"
            f'<div class="dlx-poster" role="img" aria-label="{escape(self.summary(), quote=True)}">{self.poster()}</div>'
            f'</figure>\n<script type="module">\n{link("page.mjs", self._module)}{_PAGE % page}</script>'
        )

    @classmethod
    def _control_names(cls) -> list[str]:
        """In the order of their definition; `cls` may be a subclass that traitlets made on the way."""
        return [name for base in reversed(cls.__mro__) for name, trait in vars(base).items() if is_control(trait)]

    @classmethod
    def _domain(cls) -> dict[str, Any]:
        """What each control may be, for a page that takes values from its address."""
        traits = cls.class_traits()
        return {name: traits[name].domain() for name in cls._control_names()}


@cache
def _style() -> str:
    """The style sheet without comments and the spaces that mean nothing."""
    sheet = re.sub(r"/\*.*?\*/", "", (HERE / "style.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r";}", "}", re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", sheet)).strip()
