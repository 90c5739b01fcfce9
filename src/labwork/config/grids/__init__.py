"""Grids: one config that stands for many, whose keys with several values are marked."""

from labwork.config.grids._grid import Grid, expand_grid

__all__ = ["Grid", "expand_grid"]
