"""The domain of a statement as its directive says it, and the hypotheses that a domain alone does not say.

    :domain: N whole ≥ 1; k, d whole ≥ 1; W matrix(k, d) any; λ real ≥ 0
    :hypotheses: balanced = W_{j+1}ᵀW_{j+1} = W_jW_jᵀ at the start; smooth = L is twice continuously differentiable

A domain is a list of variables. Numbers are ``whole``, ``even`` or ``real`` with bounds (``≥ 1``, ``> 0``, ``≤ 2``,
``in (0, y]``; a bound may be an earlier variable). A ``vector(d)``, ``matrix(k, d)``, ``layers(N, k, d)`` or
``form(d)``, a symmetric matrix, is ``any`` or one of its :data:`QUALIFIERS`. Tests draw their cases from this line
(``tests/claims/domains.py``), so that a statement and its test cannot speak of different things. What rests on
measurements says ``data of`` which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["QUALIFIERS", "Hypothesis", "Variable", "read_domain", "read_hypotheses"]

#: What may be asked of an object.
QUALIFIERS = {
    "vector": ("any", "nonzero"),
    "matrix": ("any", "nonzero", "full rank"),
    "layers": ("any", "balanced"),
    "form": ("any", "positive semidefinite", "positive definite"),
}
_NUMBERS = ("whole", "even", "real")
_BOUND = re.compile(r"(≥|>|≤|<)\s*([^,\s]+)")
_INTERVAL = re.compile(r"in\s*([(\[])\s*([^,\s]+)\s*,\s*([^,\s\])]+)\s*([)\]])")
_ENTRY = re.compile(r"(?P<names>[^\s,]+(?:\s*,\s*[^\s,]+)*)\s+(?P<kind>[a-z]+)(?:\((?P<sizes>[^)]*)\))?\s*(?P<rest>.*)")


@dataclass(frozen=True)
class Variable:
    """One letter of a statement. A bound is a number or an earlier variable's name; None where there is none."""

    name: str
    kind: str
    sizes: tuple[str, ...] = ()
    qualifier: str = ""
    low: float | str | None = None
    high: float | str | None = None
    open_low: bool = False
    open_high: bool = False


@dataclass(frozen=True)
class Hypothesis:
    """What a statement assumes beyond its domain: a short id, by which tests name it, and its words."""

    id: str
    words: str


def read_domain(text: str) -> tuple[Variable, ...]:
    """The variables of a ``:domain:`` line; none for one of measurements, ``data of …``.

    Examples
    --------
    >>> from bookwork.evidence.domains import read_domain
    >>> [variable.name for variable in read_domain("N real > 1; k, d whole ≥ 1; W matrix(k, d) full rank")]
    ['N', 'k', 'd', 'W']
    """
    if text.startswith("data of "):
        return ()
    found: list[Variable] = []
    for entry in text.split(";"):
        match = _ENTRY.fullmatch(entry.strip())
        if not match:
            raise ValueError(f"{entry.strip()!r} is no variable of a domain; write for example 'N real ≥ 1'")
        for name in match["names"].split(","):
            found.append(_variable(name.strip(), match, entry.strip(), [v.name for v in found]))
    return tuple(found)


def _variable(name: str, match: re.Match[str], entry: str, before: list[str]) -> Variable:
    kind, rest = match["kind"], match["rest"].strip()
    if kind in QUALIFIERS:
        sizes = tuple(size.strip() for size in (match["sizes"] or "").split(",") if size.strip())
        unknown = [size for size in sizes if size not in before and not size.isdecimal()]
        if unknown or not sizes:
            raise ValueError(f"{entry!r}: the sizes {unknown or 'of it'} must be numbers or earlier variables")
        if (rest or "any") not in QUALIFIERS[kind]:
            raise ValueError(f"{entry!r}: a {kind} is {', '.join(QUALIFIERS[kind])}, not {rest!r}")
        return Variable(name, kind, sizes, rest or "any")
    if kind not in _NUMBERS:
        raise ValueError(f"{entry!r}: {kind!r} is none of {', '.join((*_NUMBERS, *QUALIFIERS))}")

    bounds: dict[str, tuple[str, bool]] = {}
    if interval := _INTERVAL.fullmatch(rest):
        bounds = {"low": (interval[2], interval[1] == "("), "high": (interval[3], interval[4] == ")")}
    else:
        for sign, value in _BOUND.findall(rest):
            bounds["low" if sign in "≥>" else "high"] = (value, sign in "><")
        if _BOUND.sub("", rest).strip(", "):
            raise ValueError(f"{entry!r}: {rest!r} is no bound; write '≥ 1', '> 0, ≤ 2' or 'in (0, 1]'")
    low, high = (_bound(bounds.get(end, (None, False))[0], entry, before) for end in ("low", "high"))
    opened = {end for end, (_, is_open) in bounds.items() if is_open}
    return Variable(name, kind, low=low, high=high, open_low="low" in opened, open_high="high" in opened)


def _bound(text: str | None, entry: str, before: list[str]) -> float | str | None:
    if text is None or text in ("∞", "-∞", "−∞"):
        return None
    if text in before:
        return text
    try:
        return float(text.replace("−", "-"))
    except ValueError:
        raise ValueError(f"{entry!r}: the bound {text!r} is neither a number nor an earlier variable") from None


def read_hypotheses(text: str) -> tuple[Hypothesis, ...]:
    """The hypotheses of a ``:hypotheses:`` line, ``id = words; id = words``.

    Examples
    --------
    >>> from bookwork.evidence.domains import read_hypotheses
    >>> read_hypotheses("balanced = the layers are balanced at the start")
    (Hypothesis(id='balanced', words='the layers are balanced at the start'),)
    """
    found = []
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        match = re.fullmatch(r"([a-z0-9-]+)\s*=\s*(.+)", entry)
        if not match:
            raise ValueError(f"{entry!r} is no hypothesis; write 'its-id = its words'")
        found.append(Hypothesis(match[1], match[2]))
    return tuple(found)
