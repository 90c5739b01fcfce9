"""The methods with which a dataset is changed: functions of a dataset, a file for each idea."""

from labwork.data._methods import combining, mapping, selecting

__all__ = ["combining", "mapping", "selecting"]
