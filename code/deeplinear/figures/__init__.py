"""One plotting style, readable in light and dark, and one way to show a figure: with a text alternative.

A figure is shown as inline SVG whose ink takes the colour of the surrounding text, so it follows the page's theme,
and as PNG for viewers that show no HTML (GitHub, print). :func:`rates` and :func:`curves` draw whatever was
trained, and say what is seen.

>>> import deeplinear as dl
>>> dl.figures.colors[:3]
('#0072b2', '#d55e00', '#009e73')
"""

from deeplinear.figures._curves import curves
from deeplinear.figures._rates import rates
from deeplinear.figures._style import _bundle as _bundle
from deeplinear.figures._style import colors, label_line, label_lines, plot, show

__all__ = ["colors", "curves", "label_line", "label_lines", "plot", "rates", "show"]
