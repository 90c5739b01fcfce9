"""SplineCoupling: a half of the channels goes through splines."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from labwork.core import ConfigError
from labwork.nn._flows._coupling import Coupling
from labwork.nn._flows._coupling_net import CouplingNet
from labwork.nn._flows._spline import Spline
from labwork.nn._precision import precise

__all__ = ["SplineCoupling"]


class SplineCoupling(Coupling):
    """y₁ = x₁, y₂ = g(x₂), each number by a monotonic spline of its own, which net(x₁) gives.

    The splines are of rational quadratic functions on [-bound, bound] and the identity outside;
    zeros give the identity. Durkan et al.: Neural spline flows, 2019; reference implementation:
    nflows. Half precision is left for the spline itself.

    Args:
        net_f: makes the network for a number of channels to give, 3·bin_count - 1 for each
            channel that changes; it gets the half that stays.
        bin_count: pieces of a spline, 2 to 500.
        bound: beyond it, nothing changes.
        swap: whether the second half stays and the first one changes, instead of the reverse.

    Shape: (N, C, …) to the same.

    Raises:
        ConfigError: where ``bin_count`` or ``bound`` can't be.

    >>> import torch
    >>> coupling = SplineCoupling(bin_count=4)
    >>> y, ladj = coupling.call_and_ladj(torch.tensor([[0.5, -1.0]]))
    >>> y.round(decimals=4).tolist()  # it begins as the identity
    [[0.5, -1.0]]
    """

    def __init__(
        self,
        net_f: Callable[[int], nn.Module] = CouplingNet,
        *,
        bin_count: int = 8,
        bound: float = 3.0,
        swap: bool = False,
    ) -> None:
        super().__init__(net_f, swap=swap)
        if not (2 <= bin_count <= 500 and bound > 0):
            raise ConfigError(
                "SplineCoupling takes a bin_count from 2 to 500 and a bound above 0, not"
                f" {bin_count} and {bound}"
            )
        self.bin_count = bin_count
        self.bound = bound
        self.parameter_count = 3 * bin_count - 1

    def change(self, x: Tensor, parameters: Tensor) -> Tensor:
        """A half through splines."""
        return self._spline(parameters)(precise(x))[0].to(x.dtype)

    def change_and_ladj(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        y, ladj = self._spline(parameters)(precise(x))
        return y.to(x.dtype), ladj.flatten(1).sum(1)

    def change_back(self, y: Tensor, parameters: Tensor) -> Tensor:
        return self._spline(parameters).inverse(precise(y)).to(y.dtype)

    def _spline(self, parameters: Tensor) -> Spline:
        count = parameters.shape[1] // self.parameter_count
        by_channel = parameters.unflatten(1, (count, self.parameter_count)).movedim(2, -1)
        return Spline.of(precise(by_channel), self.bound)

    def extra_repr(self) -> str:
        """The arguments."""
        swap = ", swap=True" if self.swap else ""
        return f"bin_count={self.bin_count}, bound={self.bound}{swap}"
