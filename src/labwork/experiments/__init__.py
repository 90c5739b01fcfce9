"""Experiments: a directory, a frozen config, provenance and a trainer.

What is behind this door is imported when it is first used, so that the command line can look
names up without waiting for PyTorch.
"""

from typing import TYPE_CHECKING

from labwork.core import lazy_door as _lazy_door

if TYPE_CHECKING:
    from labwork.experiments._build import build_experiment, evaluate_run
    from labwork.experiments._check_syntax import check_syntax
    from labwork.experiments._data_factory import (
        get_data_to_store,
        get_prepared_data_for_trainer,
    )
    from labwork.experiments._experiment import Experiment
    from labwork.experiments._extensions import Extension, find_extensions
    from labwork.experiments._model_factory import find_model, get_model
    from labwork.experiments._namespace import completions, names
    from labwork.experiments._open_text import open_text
    from labwork.experiments._provenance import collect_provenance, write_provenance
    from labwork.experiments._run_directory import RunDirectory
    from labwork.experiments._samples import sample_tiles
    from labwork.experiments._scaffold import write_project
    from labwork.experiments._session_spec import SessionSpec
    from labwork.experiments._spec import ExperimentSpec, Keep, Schedules
    from labwork.experiments._trainer_factory import get_metrics, get_trainer

__all__ = [
    "Experiment",
    "ExperimentSpec",
    "Extension",
    "Keep",
    "RunDirectory",
    "Schedules",
    "SessionSpec",
    "build_experiment",
    "check_syntax",
    "collect_provenance",
    "completions",
    "evaluate_run",
    "find_extensions",
    "find_model",
    "get_data_to_store",
    "get_metrics",
    "get_model",
    "get_prepared_data_for_trainer",
    "get_trainer",
    "names",
    "open_text",
    "sample_tiles",
    "write_project",
    "write_provenance",
]

__getattr__ = _lazy_door(
    __name__,
    {
        "Experiment": "_experiment",
        "ExperimentSpec": "_spec",
        "Extension": "_extensions",
        "Keep": "_spec",
        "RunDirectory": "_run_directory",
        "Schedules": "_spec",
        "SessionSpec": "_session_spec",
        "build_experiment": "_build",
        "check_syntax": "_check_syntax",
        "collect_provenance": "_provenance",
        "completions": "_namespace",
        "evaluate_run": "_build",
        "find_extensions": "_extensions",
        "find_model": "_model_factory",
        "get_data_to_store": "_data_factory",
        "get_metrics": "_trainer_factory",
        "get_model": "_model_factory",
        "get_prepared_data_for_trainer": "_data_factory",
        "get_trainer": "_trainer_factory",
        "names": "_namespace",
        "open_text": "_open_text",
        "sample_tiles": "_samples",
        "write_project": "_scaffold",
        "write_provenance": "_provenance",
    },
)
