"""What a data set is: rows, and where they come from."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

__all__ = ["Dataset"]


@runtime_checkable
class Dataset(Protocol):
    """What the replication and the losses need of a data set; any object with these attributes is one.

    ``dl.LpRegression(data.inputs, data.targets, p=4)`` is its loss, and
    :func:`deeplinear.replication.campaign.replicate` trains on it.

    Attributes
    ----------
    name : str
        In lower case, as records have it.
    inputs, targets : arrays
        One example a row.
    source : str
        Which copy this is, such as "uci" or "embedded".
    sha256 : str
        Of the numbers: two data sets of equal checksum are the same.
    citation, licence : str
        Whom to name, and what may be done with it.

    Examples
    --------
    >>> import deeplinear as dl
    >>> isinstance(dl.load_ethanol(source="embedded"), dl.datasets.Dataset)
    True
    """

    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> NDArray[Any]: ...
    @property
    def targets(self) -> NDArray[Any]: ...
    @property
    def source(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def citation(self) -> str: ...
    @property
    def licence(self) -> str: ...
