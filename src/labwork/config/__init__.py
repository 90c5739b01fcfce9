"""What users write, as plain data: expressions that are read but never executed as code."""

from labwork.config._data_spec import DataSpec, parse_data
from labwork.config._expression import (
    Call,
    Expression,
    Name,
    parse_arguments,
    parse_expression,
)
from labwork.config._frozen import differences, read_yaml, write_yaml
from labwork.config._namespace import LazyImport, evaluate, look_up

__all__ = [
    "Call",
    "DataSpec",
    "Expression",
    "LazyImport",
    "Name",
    "differences",
    "evaluate",
    "look_up",
    "parse_arguments",
    "parse_data",
    "parse_expression",
    "read_yaml",
    "write_yaml",
]
