"""Perturbations: modules that change a batch, with parameters for each sample of it.

They serve consistency training, where parameters are drawn at random (``init_``), and adversarial
attacks, where they are optimized within a ball (``project_``). Where pixels move, labels and masks
move with them.
"""

from labwork.nn.perturbations._balls import Ball, Box, L1Ball, L2Ball, LInfBall, NormBall
from labwork.nn.perturbations._batch_perturbation import BatchPerturbation, Photometric
from labwork.nn.perturbations._chain import Chain
from labwork.nn.perturbations._clamp import Clamp
from labwork.nn.perturbations._color import HSV, Bleaching, Contrast, Saturation
from labwork.nn.perturbations._combinations import photometric_geometric, photometric_jitter
from labwork.nn.perturbations._cutmix import CutMix
from labwork.nn.perturbations._distributions import Distribution, Normal
from labwork.nn.perturbations._elementwise import Additive, Gamma, Modulo, Multiplicative
from labwork.nn.perturbations._geometric import Geometric
from labwork.nn.perturbations._perturbation import Perturbation
from labwork.nn.perturbations._tps import TPSWarp
from labwork.nn.perturbations._warp import SmoothWarp, Warp
from labwork.nn.perturbations._whitening import Whitening

__all__ = [
    "Additive",
    "Ball",
    "BatchPerturbation",
    "Bleaching",
    "Box",
    "Chain",
    "Clamp",
    "Contrast",
    "CutMix",
    "Distribution",
    "Gamma",
    "Geometric",
    "HSV",
    "L1Ball",
    "L2Ball",
    "LInfBall",
    "Modulo",
    "Multiplicative",
    "NormBall",
    "Normal",
    "Perturbation",
    "Photometric",
    "Saturation",
    "SmoothWarp",
    "TPSWarp",
    "Warp",
    "Whitening",
    "photometric_geometric",
    "photometric_jitter",
]
