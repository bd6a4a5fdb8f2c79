"""CurlField: a walk around the origin that would gain nothing, were the end-to-end field the gradient of anything."""

from deeplinear.explorables.curl_field.lab import CurlField, Walk

__all__ = ["CurlField", "Walk"]
