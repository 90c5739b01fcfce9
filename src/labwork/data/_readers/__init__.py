"""Reads files of many formats; none of them can run code, unless the user trusts a pickle."""

from labwork.data._readers._read import read

__all__ = ["read"]
