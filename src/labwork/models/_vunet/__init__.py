"""VUNet: a U-Net that renders a pose, and a variational autoencoder of the appearance."""

from labwork.models._vunet._block import VUNetBlock, VUNetUp
from labwork.models._vunet._bottleneck import VUNetBottleneck
from labwork.models._vunet._decoder import VUNetDecoder
from labwork.models._vunet._encoder import VUNetEncoder
from labwork.models._vunet._posterior import VUNetPosterior
from labwork.models._vunet._vunet import VUNet, VUNetOutput
from labwork.models._vunet._weight_norm import WeightNormConv2d, initialize_from_data

__all__ = [
    "VUNet",
    "VUNetBlock",
    "VUNetBottleneck",
    "VUNetDecoder",
    "VUNetEncoder",
    "VUNetOutput",
    "VUNetPosterior",
    "VUNetUp",
    "WeightNormConv2d",
    "initialize_from_data",
]
