"""What VGG sees on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from labwork.core import check_counts, unknown_name
from labwork.models._vgg import Norm, initialize_vgg, vgg_layers

__all__ = ["VGGFeatures"]


class VGGFeatures(nn.Module):
    """The feature maps of VGG's activations, such as ``relu3_2``: the second one of block 3.

    Nothing is computed beyond the last that is asked for. A state dict of the whole network fits,
    torchvision's too: what is of later layers is left out.

    Args:
        names: of the activations whose outputs are wanted, in their order.
        in_channels: channels of the images.
        depth: layers with weights of the whole network: 11, 13, 16 or 19.
        width: channels of the first block.
        norm_f: makes a normalization for a number of channels; without, there is none.

    Shape: images (N, in_channels, H, W) to a list of feature maps (N, C, H', W').

    Raises:
        ConfigError: where no such depth is defined, or the network has no such activation.

    >>> import torch
    >>> maps = VGGFeatures(["relu1_2", "relu3_2"], width=4)(torch.zeros(2, 3, 32, 32))
    >>> [tuple(x.shape) for x in maps]
    [(2, 4, 32, 32), (2, 16, 8, 8)]
    """

    def __init__(
        self,
        names: Sequence[str] = ("relu1_2", "relu2_2", "relu3_2", "relu4_2", "relu5_2"),
        in_channels: int = 3,
        *,
        depth: int = 19,
        width: int = 64,
        norm_f: Norm | None = None,
    ) -> None:
        super().__init__()
        check_counts(self, in_channels=in_channels, width=width)
        layers = vgg_layers(in_channels, depth, width, norm_f)
        places = {name: i for i, (name, _) in enumerate(layers) if name}
        for name in names:
            if name not in places:
                raise unknown_name("activation", name, places, f"VGG-{depth}")
        self.names = tuple(names)
        self._places = [places[name] for name in names]
        used = layers[: max(self._places, default=-1) + 1]
        self.features = nn.Sequential(*(layer for _, layer in used))
        initialize_vgg(self)
        nn.Module.register_load_state_dict_pre_hook(self, _leave_out_later_layers)

    def forward(self, x: Tensor) -> list[Tensor]:
        """The feature maps of images, in the order of the names."""
        found = {}
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in self._places:
                found[i] = x
        return [found[i] for i in self._places]

    def extra_repr(self) -> str:
        """The names, as written."""
        return f"{list(self.names)}"


def _leave_out_later_layers(
    module: VGGFeatures, state: dict[str, Any], prefix: str, *_: object
) -> None:
    for name in list(state):
        part, _dot, rest = name.removeprefix(prefix).partition(".")
        place = rest.partition(".")[0]
        is_later = place.isdecimal() and int(place) >= len(module.features)
        if name.startswith(prefix) and (part == "classifier" or (part == "features" and is_later)):
            del state[name]
