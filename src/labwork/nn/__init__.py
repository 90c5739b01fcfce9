"""Modules that models are composed of."""

from labwork.nn._combine import Concat, Split, Sum
from labwork.nn._deep import deep_join, deep_split, split_paths
from labwork.nn._fork import Fork, Parallel
from labwork.nn._func import Func
from labwork.nn._hooks import hooked
from labwork.nn._intermediate import with_intermediate_outputs
from labwork.nn._invertible import Inverse, Invertible, check_inverse
from labwork.nn._module import Module, is_built
from labwork.nn._parameters import freeze, frozen, parameter_count, unfreeze
from labwork.nn._path import try_get_module_name_from_call_stack
from labwork.nn._restruct import Restruct
from labwork.nn._seq import Seq
from labwork.nn._standardize import Standardize
from labwork.nn._summary import Summary, SummaryRow, summary

__all__ = [
    "Concat",
    "Fork",
    "Func",
    "Inverse",
    "Invertible",
    "Module",
    "Parallel",
    "Restruct",
    "Seq",
    "Split",
    "Standardize",
    "Sum",
    "Summary",
    "SummaryRow",
    "check_inverse",
    "deep_join",
    "deep_split",
    "freeze",
    "frozen",
    "hooked",
    "is_built",
    "parameter_count",
    "split_paths",
    "summary",
    "try_get_module_name_from_call_stack",
    "unfreeze",
    "with_intermediate_outputs",
]
