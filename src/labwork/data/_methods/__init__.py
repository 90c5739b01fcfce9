"""The methods with which a dataset is changed: functions of a dataset, a file for each idea."""

from labwork.data._methods import caching, combining, mapping, selecting

__all__ = ["caching", "combining", "mapping", "selecting"]
