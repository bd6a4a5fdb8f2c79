"""What every interactive figure shares: its state as traits, its poster, and the two ways it comes alive.

A subclass stands in `lab.py` of its folder, declares its controls as traits
(:mod:`deeplinear.explorables.frame.traits`) and draws its poster; the script is `view.mjs` beside it. In a notebook
front end the widget view runs the script against this object. In a page of the book there is no kernel: the HTML beside
the widget view holds the same script and a model of a few lines, and shows the poster until it runs. Viewers that run
no scripts (GitHub, print) keep the poster.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import Any, ClassVar

import anywidget
from traitlets import Dict

from deeplinear.explorables.frame.linking import HERE, link
from deeplinear.explorables.frame.traits import is_control

__all__ = ["Explorable", "by_folder"]

_WIDGET = "export default { render: async (context) => (await loaded[0]).default.render(context) };\n"

_PAGE = "Promise.all(loaded).then(([page, figure]) => page.show(figure, %s));\n"


class Explorable(anywidget.AnyWidget):  # type: ignore[misc]
    """Base class of the interactive figures.

    Subclasses define `_title`, their controls, :meth:`compute`, :meth:`poster` and :meth:`summary`; `_data` if their
    script needs numbers beside the controls.

    Raises
    ------
    TypeError
        If a keyword names no control.
    ValueError
        If a control is out of its range.
    """

    _title: ClassVar[str]

    data = Dict(help="what the script needs beside the controls").tag(sync=True)
    domain = Dict(help="what each control may be, and how its slider moves").tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "_title" in cls.__dict__:  # not the subclasses that traitlets makes on the way
            cls._esm = link(cls._view()) + _WIDGET
            cls._css = _style()
        super().__init_subclass__(**kwargs)

    def __init__(self, **controls: Any) -> None:
        unknown = sorted(set(controls) - set(self._control_names()))
        if unknown:
            known = ", ".join(self._control_names())
            raise TypeError(f"{type(self).__name__} has no control {unknown[0]!r}, it has {known}")
        super().__init__(data=self._data(), domain=self._domain(), **controls)

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
        data = dict(data) | {
            "text/plain": repr(self),
            "text/html": self._html(),
            "image/svg+xml": self.poster(standalone=True),
        }
        return data, metadata

    def _html(self) -> str:
        name, state = type(self).__name__, json.dumps(self.state)
        key = hashlib.sha256(f"{name}{state}".encode()).hexdigest()[:8]
        page = json.dumps(
            {"key": key, "name": name, "state": self.state, "domain": self.domain, "data": self.data},
            ensure_ascii=False,
            separators=(",", ":"),
        ).replace("<", "\\u003c")
        title = escape(self._title, quote=True)
        return (
            f'<figure class="dl-explorable" data-figure="{name}" data-key="{key}" aria-label="{title}">'
            f"<style>{_style()}</style>"
            '<div class="dlx-poster" role="img" '
            f'aria-label="{escape(self.summary(), quote=True)}">{self.poster()}</div>'
            f'</figure>\n<script type="module">\n{self._script()}{_PAGE % page}</script>'
        )

    @classmethod
    def holds(cls, html: str) -> bool:
        """Whether the HTML of a figure of this class has the script,
        the style and the ranges that it would have now.
        """
        domain = json.dumps(cls._domain(), ensure_ascii=False, separators=(",", ":"))
        return all(part in html for part in (cls._script(), f"<style>{_style()}</style>", f'"domain":{domain}'))

    @classmethod
    def _script(cls) -> str:
        return link("frame/page.mjs", cls._view())

    @classmethod
    def _view(cls) -> str:
        """The script of the figure, as :mod:`deeplinear.explorables.frame.linking` names it."""
        return f"{_folder(cls)}/view.mjs"

    @classmethod
    def _control_names(cls) -> list[str]:
        """In the order of their definition; `cls` may be a subclass that traitlets made on the way."""
        return [name for base in reversed(cls.__mro__) for name, trait in vars(base).items() if is_control(trait)]

    @classmethod
    def _domain(cls) -> dict[str, Any]:
        """What each control may be, and how its slider moves: the script takes its ranges from here."""
        traits = cls.class_traits()
        return {name: traits[name].domain() for name in cls._control_names()}


def by_folder(values: Iterable[object]) -> dict[str, type[Explorable]]:
    """The classes of figures among `values`, by the names of their folders."""
    classes = [value for value in values if isinstance(value, type) and issubclass(value, Explorable)]
    return {_folder(cls): cls for cls in classes if cls is not Explorable}


def _folder(cls: type) -> str:
    return cls.__module__.split(".")[-2]


@cache
def _style() -> str:
    """The style sheet without comments and the spaces that mean nothing."""
    sheet = re.sub(r"/\*.*?\*/", "", (HERE / "frame" / "style.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r";}", "}", re.sub(r"\s*([{};,])\s*|(?<=:)\s+", r"\1", sheet)).strip()
