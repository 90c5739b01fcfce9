"""Expressions: a part of Python's grammar that is read, never run as code.

A text is split into tokens, parsed by Python's parser, read into a tree of our own nodes, and
that tree is evaluated over a namespace. Only what the namespace holds can be reached, and each
evaluation has a budget, so that no text can take the process down.
"""

from labwork.config.expressions._data import DataExpression, DataSpec, parse_data
from labwork.config.expressions._expression import Arguments, Expression
from labwork.config.expressions._functions import Function
from labwork.config.expressions._lazy_names import LazyImport, PublicNames
from labwork.config.expressions._namespace import Namespace
from labwork.config.expressions._open_types import OpenType
from labwork.config.expressions._parse import parse_arguments, parse_expression

__all__ = [
    "Arguments",
    "DataExpression",
    "DataSpec",
    "Expression",
    "Function",
    "LazyImport",
    "Namespace",
    "OpenType",
    "PublicNames",
    "parse_arguments",
    "parse_data",
    "parse_expression",
]
