"""Experiments: a directory, a frozen config, provenance and a trainer.

What is behind this door is imported when it is first used, so that the command line can look
names up without waiting for PyTorch.
"""

from typing import TYPE_CHECKING

from labwork.core import lazy_door as _lazy_door

if TYPE_CHECKING:
    from labwork.experiments._directories import (
        Directories,
        ensure_directory,
        find_directories,
    )
    from labwork.experiments._experiment import Experiment
    from labwork.experiments._factories import (
        get_metrics,
        get_model,
        get_prepared_data_for_trainer,
        get_trainer,
    )
    from labwork.experiments._namespace import names
    from labwork.experiments._provenance import collect_provenance, write_provenance
    from labwork.experiments._run_directory import RunDirectory
    from labwork.experiments._spec import ExperimentSpec

__all__ = [
    "Directories",
    "Experiment",
    "ExperimentSpec",
    "RunDirectory",
    "collect_provenance",
    "ensure_directory",
    "find_directories",
    "get_metrics",
    "get_model",
    "get_prepared_data_for_trainer",
    "get_trainer",
    "names",
    "write_provenance",
]

__getattr__ = _lazy_door(
    __name__,
    {
        "Directories": "_directories",
        "Experiment": "_experiment",
        "ExperimentSpec": "_spec",
        "RunDirectory": "_run_directory",
        "collect_provenance": "_provenance",
        "ensure_directory": "_directories",
        "find_directories": "_directories",
        "get_metrics": "_factories",
        "get_model": "_factories",
        "get_prepared_data_for_trainer": "_factories",
        "get_trainer": "_factories",
        "names": "_namespace",
        "write_provenance": "_provenance",
    },
)
