"""Losses: functions of a prediction and its target, unreduced.

The first argument is what approximates, the second what is approximated. An argument named
``logits`` or ``target_logits`` holds unnormalized logarithms of probabilities along dimension 1
(for probabilities p: ``p.log()``); one named ``target`` holds class indices, of which -1 is
ignored, or probabilities. What comes back has a number for each place or sample. All are computed
in float32 at least, also under autocast, and finite with logits of any size.
"""

from labwork.nn.losses._barlow_twins import barlow_twins
from labwork.nn.losses._centroid_contrastive import centroid_contrastive
from labwork.nn.losses._color import color_gradient, color_l1, color_l2
from labwork.nn.losses._confident import confident_kl_divergence
from labwork.nn.losses._cross_entropy import cross_entropy, nll
from labwork.nn.losses._divergences import js_divergence, kl_divergence, reverse_kl_divergence
from labwork.nn.losses._entropy import entropy
from labwork.nn.losses._image_nll import bits_per_dimension, image_nll
from labwork.nn.losses._perceptual import PerceptualLoss
from labwork.nn.losses._soft_miou import soft_miou_loss
from labwork.nn.losses._squared_distance import squared_distance
from labwork.nn.losses._total import Ramp, weighted_total
from labwork.nn.losses._unit_gaussian_kl import unit_gaussian_kl
from labwork.nn.losses._vicreg import vicreg

__all__ = [
    "PerceptualLoss",
    "Ramp",
    "barlow_twins",
    "bits_per_dimension",
    "centroid_contrastive",
    "color_gradient",
    "color_l1",
    "color_l2",
    "confident_kl_divergence",
    "cross_entropy",
    "entropy",
    "image_nll",
    "js_divergence",
    "kl_divergence",
    "nll",
    "reverse_kl_divergence",
    "soft_miou_loss",
    "squared_distance",
    "unit_gaussian_kl",
    "vicreg",
    "weighted_total",
]
