"""Interactive figures: the same object is live in a notebook, with a kernel, and in the static page, without one."""

# ruff: noqa: F403
import re as _re

from deeplinear.explorables.frame.host import Explorable as Explorable
from deeplinear.explorables.frame.host import by_folder as _by_folder

# isort: off
# The register: one line a figure, which names its folder. Tests, gallery and workers find the figures through it.
from deeplinear.explorables.balance import *
from deeplinear.explorables.curl_field import *
from deeplinear.explorables.gas_sensor import *
from deeplinear.explorables.plateau import *
from deeplinear.explorables.preconditioner_lens import *
from deeplinear.explorables.scalar import *
from deeplinear.explorables.two_point import *
# isort: on

#: The class of each figure by the name of its folder.
FIGURES = _by_folder(globals().values())


def is_current(html: str) -> bool:
    """Whether the HTML of a figure, stored in a notebook, is what the package would make now:
    its poster is not compared.
    """
    name = _re.search(r'data-figure="(\w+)"', html)
    return any(cls.__name__ == name[1] and cls.holds(html) for cls in FIGURES.values()) if name else False


__all__ = ["FIGURES", "is_current", *sorted(name for name, value in globals().items() if isinstance(value, type))]
