"""Schemas: dataclasses that say which keys a config has, of which types, and what they mean."""

from labwork.config.schema._check import check
from labwork.config.schema._constraints import AtLeast, Doc, OneOf
from labwork.config.schema._describe import SchemaRow, describe_schema
from labwork.config.schema._freeze import defaults, freeze

__all__ = [
    "AtLeast",
    "Doc",
    "OneOf",
    "SchemaRow",
    "check",
    "defaults",
    "describe_schema",
    "freeze",
]
