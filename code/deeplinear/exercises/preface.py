"""The answer to the preface's one question, computed."""

from __future__ import annotations

from deeplinear.exercises._registry import answer
from deeplinear.problems import TwoPoint


@answer(
    "preface/loss-at-zero",
    remark="On to the first chapter.",
    slips={"The loss carries a factor 1/p.": lambda: 10.0},
)
def _loss_at_zero() -> float:
    return float(TwoPoint((3.0, 1.0), p=2).loss([0.0, 0.0]))
