"""Labwork in the training loop, bare and with everything on."""

from ._pace import Contestant

__all__ = ["LABWORK"]

LABWORK: tuple[Contestant, ...] = ()
