"""The learning algorithm: loop, trainer, steps, metrics, callbacks and checkpoints."""

from labwork.training._callback import Callback
from labwork.training._checkpoint_files import Checkpoint, load_tensors
from labwork.training._checkpoints import CheckpointManager
from labwork.training._evaluate import EvaluateSplits
from labwork.training._finite import FiniteGuard
from labwork.training._gradient import GradientUpdate
from labwork.training._loop import EpochLoop
from labwork.training._lr_schedules import constant_lr, cosine_lr, milestone_lr
from labwork.training._metrics import ClassificationAccuracy, MeanLoss, Metric
from labwork.training._optimizer_maker import OptimizerMaker
from labwork.training._report import ReportMetrics
from labwork.training._save import SaveCheckpoints
from labwork.training._steps import supervised_eval_step, supervised_step
from labwork.training._trainer import Trainer
from labwork.training._trainer_config import TrainerConfig

__all__ = [
    "Callback",
    "Checkpoint",
    "CheckpointManager",
    "ClassificationAccuracy",
    "EpochLoop",
    "EvaluateSplits",
    "FiniteGuard",
    "GradientUpdate",
    "MeanLoss",
    "Metric",
    "OptimizerMaker",
    "ReportMetrics",
    "SaveCheckpoints",
    "Trainer",
    "TrainerConfig",
    "constant_lr",
    "cosine_lr",
    "load_tensors",
    "milestone_lr",
    "supervised_eval_step",
    "supervised_step",
]
