"""Datasets by name, each in a file of its own."""

from labwork.data.datasets._digits import Digits

__all__ = ["Digits"]
