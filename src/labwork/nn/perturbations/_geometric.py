"""Geometric: image, label map and mask move together."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor

from labwork.nn._precision import precise
from labwork.nn.perturbations._batch_perturbation import BatchPerturbation
from labwork.nn.perturbations._moving import check_images, is_map, moved

__all__ = ["Geometric"]


class Geometric(BatchPerturbation):
    """A perturbation that moves pixels; labels of whole samples stay as they are.

    The value of a pixel p becomes what the image holds at p + flow(p). A subclass defines ``flow``,
    ``defaults``, and ``parameter_shape``.
    """

    @abstractmethod
    def flow(self, x: Tensor) -> Tensor:
        """Where pixels get their values from, relative to their places: (N, 2, H, W).

        In pixels, x before y, to the right and down.
        """

    def change(
        self, x: Tensor, y: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        check_images(self, x)
        flow = precise(self.flow(x))

        def move(values: Tensor | None) -> Tensor | None:
            return values if values is None or not is_map(values, x) else moved(values, flow)

        return moved(x, flow), move(y), move(mask)
