"""Bijections with a volume change, and densities that are made of them."""

from labwork.nn._flows._act_norm import ActNorm
from labwork.nn._flows._additive_coupling import AdditiveCoupling
from labwork.nn._flows._affine_coupling import AffineCoupling
from labwork.nn._flows._base_distributions import BaseDistribution, StandardNormal
from labwork.nn._flows._coupling import Coupling
from labwork.nn._flows._coupling_net import CouplingNet
from labwork.nn._flows._dequantize import Dequantize
from labwork.nn._flows._glow_step import GlowStep
from labwork.nn._flows._identity import Identity
from labwork.nn._flows._invertible_conv1x1 import InvertibleConv1x1
from labwork.nn._flows._irevnet_block import IRevNetBlock
from labwork.nn._flows._multi_scale import MultiScale
from labwork.nn._flows._normalizing_flow import NormalizingFlow
from labwork.nn._flows._pad_channels import PadChannels
from labwork.nn._flows._permute import Permute, PermuteChannels
from labwork.nn._flows._reshape import Reshape
from labwork.nn._flows._spline_coupling import SplineCoupling
from labwork.nn._flows._squeeze import Squeeze

__all__ = [
    "ActNorm",
    "AdditiveCoupling",
    "AffineCoupling",
    "BaseDistribution",
    "Coupling",
    "CouplingNet",
    "Dequantize",
    "GlowStep",
    "IRevNetBlock",
    "Identity",
    "InvertibleConv1x1",
    "MultiScale",
    "NormalizingFlow",
    "PadChannels",
    "Permute",
    "PermuteChannels",
    "Reshape",
    "SplineCoupling",
    "Squeeze",
    "StandardNormal",
]
