"""Modules that models are composed of."""

from labwork.nn._standardize import Standardize

__all__ = ["Standardize"]
