"""MLP: a multilayer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor, nn

from labwork.core import check_counts
from labwork.models._classifier import Classifier
from labwork.models._convolutional import Factory
from labwork.models._initialization import initialize_kaiming
from labwork.nn import ClassificationHead, Seq

__all__ = ["MLP", "LinearBlock", "MLPBackbone"]


class LinearBlock(Seq):
    """A linear layer, a normalization, an activation, dropout.

    Args:
        width: features that come out.
        norm_f: makes the normalization for a number of features; None for none.
        act_f: makes the activation.
        dropout: the part of the features that is dropped, in [0, 1).

    Shape: (N, D) to (N, width).

    >>> LinearBlock(4).build((1, 3)).names
    ('linear', 'act')
    """

    def __init__(
        self,
        width: int,
        *,
        norm_f: Factory | None = None,
        act_f: Factory = nn.ReLU,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_counts(self, width=width)
        self._width, self._norm_f, self._act_f, self._dropout = width, norm_f, act_f, dropout

    def setup(self, x: Tensor) -> None:
        """Makes the layers for the number of features."""
        self.append(nn.Linear(x.shape[1], self._width, bias=self._norm_f is None), "linear")
        if self._norm_f is not None:
            self.append(self._norm_f(self._width), "norm")
        self.append(self._act_f(), "act")
        if self._dropout:
            self.append(nn.Dropout(self._dropout), "dropout")


class MLPBackbone(Seq):
    """The hidden layers of a perceptron.

    Args:
        widths: of the layers.
        block_f: makes a layer for a width.

    Shape: (N, …), which is flattened, to (N, widths[-1]).

    >>> MLPBackbone((8, 4)).names
    ('flatten', 'block0', 'block1')
    """

    def __init__(
        self, widths: Sequence[int] = (256, 256), *, block_f: Factory = LinearBlock
    ) -> None:
        blocks = {f"block{i}": block_f(width) for i, width in enumerate(widths)}
        super().__init__(flatten=nn.Flatten(), **blocks)


class MLP(Classifier):
    """A multilayer perceptron.

    Rumelhart et al.: Learning representations by back-propagating errors, 1986. The reference
    implementation is torchvision's ``ops.MLP``, of which the layers are. Differences: the input is
    flattened, biases begin with zero, and nothing is dropped after the last layer; from the paper,
    rectifiers in place of sigmoids.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the hidden layers: ``MLP,backbone_f=t(widths=(64,64))``.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: (N, …) to scores (N, class_count).

    >>> import torch
    >>> MLP(10)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Factory = MLPBackbone,
        head_f: Callable[[int], nn.Module] = partial(ClassificationHead, pool_f=None),
        init: Callable[[nn.Module], None] | None = initialize_kaiming,
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)

    def setup(self, x: Tensor) -> None:
        """Takes inputs of any shape, which the backbone flattens."""
