"""Traits for the controls of a figure: a value out of place raises an error that names it, and what would be right."""

from __future__ import annotations

from typing import Any

from traitlets import TraitType

from deeplinear._arrays import real_above, real_at_least, whole_number

__all__ = ["Choice", "Real", "Whole", "is_control"]


class _Control(TraitType[Any, Any]):
    """A trait that is part of the figure's state: synced with the page, in the link, in the Python line."""

    def __init__(self, default: Any, doc: str) -> None:
        super().__init__(default_value=default, help=doc)
        self.tag(sync=True)

    def domain(self) -> dict[str, Any]:
        """The values it may have, as JSON."""
        raise NotImplementedError


class Real(_Control):
    """A finite real number from `least` to `most`; with None as `least` strictly above 0,
    with None as `most` without bound.

    Its slider moves by `step`, or in equal ratios, `per_decade` of them to a factor of ten; it goes from end to end, or
    from the first to the second of `slide`. Without any of them it has none, or one of its view's own.
    """

    def __init__(
        self,
        default: float,
        least: float | None,
        most: float | None,
        doc: str,
        *,
        step: float | None = None,
        per_decade: int | None = None,
        slide: tuple[float, float] | None = None,
    ) -> None:
        super().__init__(default, doc)
        self.least, self.most = least, most
        self._slider = {"step": step, "perDecade": per_decade, "slide": slide}

    def validate(self, obj: Any, value: Any) -> float:
        number = (
            real_above(value, 0, _name(self)) if self.least is None else real_at_least(value, self.least, _name(self))
        )
        return number if self.most is None else _at_most(number, self.most, _name(self))

    def domain(self) -> dict[str, Any]:
        low = {"above": 0.0} if self.least is None else {"least": self.least}
        slider = {name: value for name, value in self._slider.items() if value is not None}
        return low | ({} if self.most is None else {"most": self.most}) | slider


class Whole(_Control):
    """A whole number from `least` to `most`, on its slider too."""

    def __init__(self, default: int, least: int, most: int, doc: str) -> None:
        super().__init__(default, doc)
        self.least, self.most = least, most

    def validate(self, obj: Any, value: Any) -> int:
        return int(_at_most(whole_number(value, self.least, _name(self)), self.most, _name(self)))

    def domain(self) -> dict[str, Any]:
        return {"least": self.least, "most": self.most, "whole": True}


class Choice(_Control):
    """One of `options`; the first is the default."""

    def __init__(self, options: tuple[str, ...], doc: str) -> None:
        super().__init__(options[0], doc)
        self.options = options

    def validate(self, obj: Any, value: Any) -> str:
        if value not in self.options:
            raise ValueError(f"{_name(self)} is {value!r}, it must be one of {', '.join(map(repr, self.options))}")
        return str(value)

    def domain(self) -> dict[str, Any]:
        return {"options": self.options}


def is_control(trait: object) -> bool:
    """Whether this is a trait that belongs to the state of a figure."""
    return isinstance(trait, _Control)


def _name(trait: TraitType[Any, Any]) -> str:
    return str(trait.name)


def _at_most(number: float, most: float, name: str) -> float:
    if number > most:
        raise ValueError(f"{name} is {number:g}, it must be {most:g} or less")
    return number
