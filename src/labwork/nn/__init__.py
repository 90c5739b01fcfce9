"""Modules that models are composed of."""

from labwork.nn._attention import SelfAttention
from labwork.nn._built import is_built, require_built
from labwork.nn._combine import Concat, Split, Sum
from labwork.nn._convolutions import Conv2d
from labwork.nn._deep import deep_join, deep_split, split_paths
from labwork.nn._flow_head import FlowHead
from labwork.nn._flows import (
    ActNorm,
    AdditiveCoupling,
    AffineCoupling,
    BaseDistribution,
    Coupling,
    CouplingNet,
    Dequantize,
    GlowStep,
    Identity,
    InvertibleConv1x1,
    IRevNetBlock,
    MultiScale,
    NormalizingFlow,
    PadChannels,
    Permute,
    PermuteChannels,
    Reshape,
    SplineCoupling,
    Squeeze,
    StandardNormal,
)
from labwork.nn._fork import Fork, Parallel
from labwork.nn._func import Func
from labwork.nn._heads import ClassificationHead, ProjectionHead, SegmentationHead
from labwork.nn._hooks import hooked
from labwork.nn._intermediate import with_intermediate_outputs
from labwork.nn._invertible import Inverse, Invertible, check_inverse
from labwork.nn._layer_norm import LayerNorm2d
from labwork.nn._misfit import MisfitError, tell_misfit
from labwork.nn._module import Module
from labwork.nn._padding import auto_pad
from labwork.nn._parameters import freeze, frozen, parameter_count, unfreeze
from labwork.nn._path import try_get_module_name_from_call_stack
from labwork.nn._pooling import AvgPool2d, MaxPool2d
from labwork.nn._restruct import Restruct
from labwork.nn._reversible import ReversibleSeq
from labwork.nn._seq import Seq
from labwork.nn._standardize import Standardize
from labwork.nn._stochastic_depth import StochasticDepth
from labwork.nn._summary import Summary, SummaryRow, summary

__all__ = [
    "ActNorm",
    "AdditiveCoupling",
    "AffineCoupling",
    "AvgPool2d",
    "BaseDistribution",
    "ClassificationHead",
    "Concat",
    "Conv2d",
    "Coupling",
    "CouplingNet",
    "Dequantize",
    "FlowHead",
    "Fork",
    "Func",
    "GlowStep",
    "IRevNetBlock",
    "Identity",
    "Inverse",
    "Invertible",
    "InvertibleConv1x1",
    "LayerNorm2d",
    "MaxPool2d",
    "MisfitError",
    "Module",
    "MultiScale",
    "NormalizingFlow",
    "PadChannels",
    "Parallel",
    "Permute",
    "PermuteChannels",
    "ProjectionHead",
    "Reshape",
    "Restruct",
    "ReversibleSeq",
    "SegmentationHead",
    "SelfAttention",
    "Seq",
    "SplineCoupling",
    "Split",
    "Squeeze",
    "StandardNormal",
    "Standardize",
    "StochasticDepth",
    "Sum",
    "Summary",
    "SummaryRow",
    "auto_pad",
    "check_inverse",
    "deep_join",
    "deep_split",
    "freeze",
    "frozen",
    "hooked",
    "is_built",
    "parameter_count",
    "require_built",
    "split_paths",
    "summary",
    "tell_misfit",
    "try_get_module_name_from_call_stack",
    "unfreeze",
    "with_intermediate_outputs",
]
