"""ViT: the vision transformer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from labwork.core import ConfigError, check_counts
from labwork.models._classifier import Classifier
from labwork.models._convolutional import Factory, Residual, norm_part
from labwork.models._inputs import check_input
from labwork.nn import ClassificationHead, Func, Module, SelfAttention, Seq

__all__ = ["PatchEmbedding", "TransformerBlock", "ViT", "ViTBackbone", "ViTHead", "initialize_vit"]

_layer_norm = partial(nn.LayerNorm, eps=1e-6)


class PatchEmbedding(Module):
    """Cuts images into patches; each becomes a token, and one of no patch stands before them.

    Learnt positions are added, one for each patch of the image size that it is built with.

    Args:
        width: of a token.
        patch_size: side of a patch in pixels.
        dropout: the part of the values that is dropped, in [0, 1).

    Shape: images (N, C, H, W) to (N, 1 + HW / patch_size², width).

    Raises:
        ConfigError: where patches don't fill an image, or it has another size than the first one.

    >>> PatchEmbedding(64, patch_size=4)(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 65, 64])
    """

    def __init__(self, width: int, *, patch_size: int, dropout: float = 0.0) -> None:
        super().__init__()
        check_counts(self, width=width, patch_size=patch_size)
        self.width, self.patch_size = width, patch_size
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.dropout = nn.Dropout(dropout)

    def setup(self, x: Tensor) -> None:
        """Makes the embedding of a patch, and positions."""
        check_input(self, x)
        _, channels, height, width = x.shape
        size = self.patch_size
        if height % size or width % size:
            raise ConfigError(
                f"patches of {size} by {size} pixels don't fill an image of {height} by {width};"
                " choose a patch_size that divides both"
            )
        self.image_size = (height, width)
        self.patch = nn.Conv2d(channels, self.width, size, stride=size)
        count = 1 + (height // size) * (width // size)
        self.position = nn.Parameter(0.02 * torch.randn(1, count, self.width))

    def forward(self, x: Tensor) -> Tensor:
        """The tokens, the one of no patch first."""
        if x.shape[2:] != self.image_size:
            raise ConfigError(
                f"positions are learnt for images of {self.image_size} pixels, not of"
                f" {tuple(x.shape[2:])}"
            )
        patches = self.patch(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), patches], 1)
        return self.dropout(tokens + self.position)


class TransformerBlock(Seq):
    """Attention, then a perceptron on each token; both are added to their input.

    Args:
        head_count: heads of the attention.
        mlp_factor: width of the perceptron's hidden layer, in widths of a token.
        dropout: the part of the values that is dropped after each linear layer, in [0, 1).
        attention_f: makes the attention for a number of heads.
        norm_f: makes the normalization that begins each branch, for a width; None for none.
        act_f: makes the perceptron's activation.

    Shape: (N, L, D) to (N, L, D).

    >>> TransformerBlock(4).build((1, 5, 16)).names
    ('attention', 'mlp')
    """

    def __init__(
        self,
        head_count: int,
        *,
        mlp_factor: float = 4,
        dropout: float = 0.0,
        attention_f: Factory = SelfAttention,
        norm_f: Factory | None = _layer_norm,
        act_f: Factory = nn.GELU,
    ) -> None:
        super().__init__()
        check_counts(self, head_count=head_count)
        self._head_count, self._factor, self._dropout = head_count, mlp_factor, dropout
        self._attention_f, self._norm_f, self._act_f = attention_f, norm_f, act_f

    def setup(self, x: Tensor) -> None:
        """Makes both branches for the width."""
        width = x.shape[-1]
        hidden = int(self._factor * width)
        attention = Seq(
            **norm_part(self._norm_f, width),
            attention=self._attention_f(self._head_count),
            dropout=nn.Dropout(self._dropout),
        )
        mlp = Seq(
            **norm_part(self._norm_f, width),
            linear0=nn.Linear(width, hidden),
            act=self._act_f(),
            dropout0=nn.Dropout(self._dropout),
            linear1=nn.Linear(hidden, width),
            dropout1=nn.Dropout(self._dropout),
        )
        self.append(Residual(attention, nn.Identity()), "attention")
        self.append(Residual(mlp, nn.Identity()), "mlp")


class ViTBackbone(Seq):
    """The tokens that a vision transformer makes of an image.

    Args:
        depth: blocks.
        width: of a token.
        head_count: heads of each block's attention.
        patch_size: side of a patch in pixels.
        dropout: see ``TransformerBlock``; also that of the embedding.
        embedding_f: makes the embedding for a width.
        block_f: makes a block for a number of heads.
        norm_f: makes the last normalization for a width; None for none.

    Shape: images (N, C, H, W) to (N, 1 + HW / patch_size², width).

    >>> ViTBackbone(depth=2, width=64, head_count=4, patch_size=8).build((1, 3, 32, 32)).names
    ('embedding', 'blocks', 'norm')
    """

    def __init__(
        self,
        *,
        depth: int = 12,
        width: int = 768,
        head_count: int = 12,
        patch_size: int = 16,
        dropout: float = 0.0,
        embedding_f: Factory = PatchEmbedding,
        block_f: Factory = TransformerBlock,
        norm_f: Factory | None = _layer_norm,
    ) -> None:
        check_counts(self, depth=depth)
        blocks = {f"block{i}": block_f(head_count, dropout=dropout) for i in range(depth)}
        super().__init__(
            embedding=embedding_f(width, patch_size=patch_size, dropout=dropout),
            blocks=Seq(blocks),
            **norm_part(norm_f, width),
        )


class ViTHead(Seq):
    """The first token, and a linear classifier.

    Args:
        class_count: classes to tell apart.

    Shape: (N, L, D) to scores (N, class_count).

    >>> ViTHead(10)(torch.zeros(2, 5, 16)).shape
    torch.Size([2, 10])
    """

    def __init__(self, class_count: int) -> None:
        head = ClassificationHead(class_count, pool_f=None)
        super().__init__(token=Func(torch.select, 1, 0), classifier=head)


def initialize_vit(model: nn.Module) -> None:
    """LeCun normal patches, Xavier uniform linear layers, a classifier and biases of zero."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            nn.init.trunc_normal_(module.weight, std=module.weight[0].numel() ** -0.5)
        elif isinstance(module, nn.Linear) and name.startswith("head."):
            nn.init.zeros_(module.weight)
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)


class ViT(Classifier):
    """The vision transformer.

    Dosovitskiy et al.: An image is worth 16x16 words, 2021. The reference implementation is
    torchvision's, of which the parameters and outputs are. ViT-B/16 is the default; ViT-L/16 is
    ``ViT,backbone_f=t(depth=24,width=1024,head_count=16)``.

    Args:
        class_count: classes to tell apart.
        backbone_f: makes the backbone.
        head_f: makes the head for a number of classes.
        init: initializes the parameters; None leaves them as the layers make them.

    Shape: images (N, C, H, W) to scores (N, class_count); all of the size that it is built with.

    >>> tiny = partial(ViTBackbone, depth=2, width=32, head_count=4, patch_size=4)
    >>> ViT(10, backbone_f=tiny)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        class_count: int,
        *,
        backbone_f: Factory = ViTBackbone,
        head_f: Callable[[int], nn.Module] = ViTHead,
        init: Callable[[nn.Module], None] | None = initialize_vit,
    ) -> None:
        super().__init__(class_count, backbone_f=backbone_f, head_f=head_f, init=init)
