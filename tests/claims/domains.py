"""Cases of a statement, drawn from the domain that its directive declares: the edges first, then random ones.

``@over("drift-law")`` gives a test the argument `case`, with an attribute a variable. One variable at a time is taken
to each of its edges (:func:`edges_of`) while the others are ordinary; after that Hypothesis draws from all of it, edges
mixed in. A change of the directive changes what the test is run on.
"""

import functools
from types import SimpleNamespace

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import deeplinear as dl
from bookwork.evidence.domains import Variable, read_domain
from bookwork.evidence.ledger import statements

WIDE = {"whole": 7, "even": 6, "real": 9.0}  # how far above its lower bound an unbounded number is drawn
STEP = 1e-6  # an open end is approached to within this part


class Case(SimpleNamespace):
    """The values of the variables, as attributes; prints what Hypothesis would need to show."""


def over(label: str | None, *, domain: str = "", examples: int = 60, most: dict[str, float] | None = None):
    """Run the test on `case`s of the statement `label`, or of a `domain` whose statement has left the book. `most` holds
    sizes down, where a case costs much.
    """
    variables = read_domain(domain) if label is None else domain_of(label)

    def decorate(test):
        drawn = given(case=cases(variables, most or {}))(test)
        for case in edge_cases(variables, most or {}):
            drawn = example(case=case)(drawn)
        drawn = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))(drawn)
        drawn.drawn_from = label
        return drawn

    return decorate


@functools.cache
def domain_of(label: str) -> tuple[Variable, ...]:
    (statement,) = [found for found in statements() if found.id == label]
    return read_domain(statement.domain)


@st.composite
def cases(draw, variables, most):
    """A case; each variable is at one of its edges a third of the time."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = {}
    for variable in variables:
        edges = edges_of(variable, values, most)
        at_edge = draw(st.integers(0, 2)) == 0 and edges
        values[variable.name] = make(variable, draw(st.sampled_from(edges)) if at_edge else None, values, most, rng)
    return Case(**values)


def edge_cases(variables, most):
    """One variable at an edge, the others ordinary: all of them, always the same."""
    for i, variable in enumerate(variables):
        rng = np.random.default_rng(i)
        before = {}
        for other in variables[:i]:
            before[other.name] = make(other, None, before, most, rng)
        for edge in edges_of(variable, before, most):
            values = dict(before)
            for other in variables[i:]:
                values[other.name] = make(other, edge if other is variable else None, values, most, rng)
            yield Case(**values)


def edges_of(variable, values, most):
    """The values, or the names of the ways to be special, at which statements fail that hold in general."""
    if variable.kind in OBJECTS:
        return OBJECTS[variable.kind][1][variable.qualifier]
    low, high = limits(variable, values, most)
    if variable.kind in ("whole", "even"):
        step = 1 + (variable.kind == "even")
        return [low, low + step, high] if high - low >= step else [low]
    span = high - low
    ends = [low + STEP * span * variable.open_low, high - STEP * span * variable.open_high]
    return [*ends, *(x for x in (0.0, 1.0, 2.0) if low < x < high)]


def limits(variable, values, most):
    """From where to where a number is drawn."""
    at = {end: getattr(variable, end) for end in ("low", "high")}
    low, high = (values[bound] if isinstance(bound, str) else bound for bound in at.values())
    if low is None:
        low = -WIDE["real"] if variable.kind == "real" else 0
    if high is None:
        high = max(low, most.get(variable.name, low + WIDE[variable.kind]))
    if variable.kind == "real":
        return float(low), float(high)
    return int(low) + variable.open_low, int(high) - (variable.open_high and variable.high is not None)


def make(variable, edge, values, most, rng):
    """A value of the variable: at the edge, or anywhere."""
    if variable.kind in OBJECTS:
        sizes = [int(values.get(size, size)) for size in variable.sizes]
        return OBJECTS[variable.kind][0](rng, edge or "ordinary", variable.qualifier, *sizes)
    if edge is not None:
        return edge
    low, high = limits(variable, values, most)
    if variable.kind == "real":
        value = low + (high - low) * rng.uniform(STEP, 1 - STEP)
        return low + (value - low) * 10 ** rng.uniform(-3, 0) if rng.random() < 0.5 else value
    return int(rng.choice(np.arange(low, high + 1, 1 + (variable.kind == "even"))))


def vector(rng, way, qualifier, d):
    v = rng.standard_normal(d) * 10 ** rng.uniform(-1, 1)
    scales = {"zero": 0.0, "tiny": 1e-8, "large": 1e3}
    if way == "axis":
        return np.eye(d)[0] * v[0]
    return v * scales.get(way, 1.0)


def matrix(rng, way, qualifier, k, d):
    """Of any rank that the qualifier allows; the ways speak of its singular values."""
    r = min(k, d)
    U, V = np.linalg.qr(rng.standard_normal((k, k)))[0], np.linalg.qr(rng.standard_normal((d, d)))[0]
    sigma = np.sort(np.exp(0.7 * rng.standard_normal(r)))[::-1]
    if way == "ordinary" and qualifier != "full rank" and rng.random() < 0.3:
        way = "deficient"
    if way == "zero":
        sigma = np.zeros(r)
    elif way == "rank one":
        sigma = sigma * (np.arange(r) < 1)
    elif way == "deficient":
        sigma = sigma * (np.arange(r) < max(1, r - 1))
    elif way == "repeated":
        sigma = np.full(r, sigma[0])
    elif way == "nearly singular":
        sigma = sigma[0] * 10 ** -np.linspace(0, 5, r) if r > 1 else sigma
    sigma = sigma * {"tiny": 1e-6, "large": 1e2}.get(way, 1.0)
    return (U[:, :r] * sigma) @ V[:, :r].T


def layers(rng, way, qualifier, N, k, d):
    """N layers that make a k × d matrix, of hidden widths from 1 (for balanced ones: from min(k, d)) on."""
    if qualifier == "balanced":
        W = matrix(rng, way, "any", k, d)
        return tuple(dl.balanced(W, N, width=min(k, d) + int(rng.integers(0, 3)), rng=rng))
    widths = [d, *rng.integers(1, 5, size=N - 1), k]
    made = [rng.standard_normal((widths[j + 1], widths[j])) * 10 ** rng.uniform(-0.7, 0.3) for j in range(N)]
    if way == "zero":
        made = [0 * W for W in made]
    elif way == "one zero":
        made[0] = 0 * made[0]
    elif way == "balanced":
        made = list(dl.balanced(matrix(rng, "ordinary", "any", k, d), N))
    elif way == "uneven":
        made[0] = 100 * made[0]
    return tuple(made)


def form(rng, way, qualifier, d):
    """A symmetric matrix."""
    Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    values = np.exp(rng.standard_normal(d))
    if way == "identity":
        return np.eye(d) * values[0]
    if way == "diagonal":
        return np.diag(np.geomspace(1, 100, d))
    if way == "stiff":
        values = np.geomspace(1, 1e4, d)
    elif way == "zero":
        values = 0 * values
    elif way == "singular":
        values[0] = 0
    elif way == "indefinite" or (qualifier == "any" and rng.random() < 0.5):
        values = values * np.where(np.arange(d) % 2, -1, 1)
    return (Q * values) @ Q.T


_DEFINITE = ["identity", "diagonal", "stiff"]
#: For every kind of object: what makes it, and the edges that its qualifier allows.
OBJECTS = {
    "vector": (vector, {"any": ["zero", "axis", "tiny", "large"], "nonzero": ["axis", "tiny", "large"]}),
    "matrix": (
        matrix,
        {
            "any": ["zero", "rank one", "deficient", "repeated", "nearly singular", "tiny", "large"],
            "nonzero": ["rank one", "deficient", "repeated", "nearly singular", "tiny", "large"],
            "full rank": ["repeated", "nearly singular", "tiny", "large"],
        },
    ),
    "layers": (
        layers,
        {
            "any": ["zero", "one zero", "balanced", "uneven"],
            "balanced": ["zero", "rank one", "repeated", "nearly singular"],
        },
    ),
    "form": (
        form,
        {
            "any": [*_DEFINITE, "zero", "singular", "indefinite"],
            "positive semidefinite": [*_DEFINITE, "zero", "singular"],
            "positive definite": _DEFINITE,
        },
    ),
}
