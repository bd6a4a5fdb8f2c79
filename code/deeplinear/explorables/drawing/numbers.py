"""Numbers as readers like them. The script writes them alike: `numbers.mjs`."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

__all__ = ["power", "power_of_ten", "short", "whole"]

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(base: str, k: int) -> str:
    """Something to a whole power, with a raised exponent."""
    return base + ("⁻" if k < 0 else "") + str(abs(k)).translate(_RAISED)


def power_of_ten(k: int) -> str:
    """10 to a whole power."""
    return power("10", k)


def short(x: float, digits: int = 3) -> str:
    """Three significant digits, or as many as said; powers of ten outside 0.001 … 10,000.

    Examples
    --------
    >>> from deeplinear.explorables.drawing.numbers import short
    >>> short(1234.5), short(3.162e-5), short(-2e7), short(0.125, 2)
    ('1230', '3.16·10⁻⁵', '−2·10⁷', '0.13')
    """
    if not math.isfinite(x):
        return "no number" if math.isnan(x) else "∞" if x > 0 else "−∞"
    if x == 0:
        return "0"
    rounded = Decimal(x).normalize(Context(prec=digits, rounding=ROUND_HALF_UP))
    if 1e-3 <= abs(x) < 1e4:
        return f"{rounded:f}".replace("-", "−")
    exponent = rounded.adjusted()
    head = f"{rounded.scaleb(-exponent).normalize():f}".replace("-", "−")
    return power_of_ten(exponent) if head == "1" else f"{head}·{power_of_ten(exponent)}"


def whole(n: int) -> str:
    """A whole number with its thousands apart."""
    return f"{n:,}"
