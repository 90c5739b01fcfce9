"""Each model for segmentation learns a few images by heart."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import update_bn

from labwork.data.datasets import Shapes
from labwork.models import (
    AtrousSpatialPyramidPooling,
    DeepLabV3Plus,
    DeepLabV3PlusDecoder,
    DenseNetBackbone,
    LadderDecoder,
    LadderDenseNet,
    PyramidDecoder,
    ResidualLadderStep,
    ResNetV1Backbone,
    SegmentationResNet,
    SpatialPyramidPooling,
    SwiftNet,
    SwiftNetPyramid,
    UNet,
    UNetBackbone,
    UNetBlock,
    UNetDecoder,
    UNetStep,
)

resnet = partial(ResNetV1Backbone, depth=10, base_width=8, small_input=True)
dense = partial(DenseNetBackbone, depth=121, group_lengths=(2, 2, 2), growth=8, small_input=True)
context = partial(SpatialPyramidPooling, 24, grid_sizes=(4, 2))
ladder = partial(LadderDecoder, 24, context_f=context)
atrous = partial(AtrousSpatialPyramidPooling, 24, dilations=(2, 4))
block = partial(UNetBlock, norm_f=nn.BatchNorm2d)

MODELS = {
    "SegmentationResNet": partial(SegmentationResNet, backbone_f=partial(resnet, output_stride=2)),
    "SwiftNet": partial(SwiftNet, backbone_f=resnet, decoder_f=ladder),
    "SwiftNetPyramid": partial(
        SwiftNetPyramid, level_count=2, backbone_f=resnet, decoder_f=partial(PyramidDecoder, 24)
    ),
    "LadderDenseNet": partial(
        LadderDenseNet, backbone_f=dense, decoder_f=partial(ladder, step_f=ResidualLadderStep)
    ),
    "DeepLabV3Plus": partial(
        DeepLabV3Plus,
        backbone_f=partial(resnet, output_stride=4),
        decoder_f=partial(DeepLabV3PlusDecoder, 24, fine_width=8, context_f=atrous),
    ),
    "UNet": partial(
        UNet,
        backbone_f=partial(UNetBackbone, (8, 16, 32), block_f=block),
        decoder_f=partial(UNetDecoder, step_f=partial(UNetStep, block_f=block)),
    ),
}


@pytest.mark.parametrize("model_f", MODELS.values(), ids=MODELS)
def test_model_learns_four_images(model_f):
    images, labels = four_images()
    known = labels >= 0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = model_f(4).build(images.shape)
        learn(model, images, labels)
        with torch.no_grad():
            update_bn([images], model)  # statistics of so few steps are still those of the start
            predicted = model.eval()(images).argmax(1)
    assert (labels[known] == 0).float().mean() < 0.8  # all background isn't enough
    assert (predicted == labels)[known].float().mean() > 0.95


def learn(model: nn.Module, images: Tensor, labels: Tensor) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels, ignore_index=-1).backward()
        optimizer.step()


def four_images() -> tuple[Tensor, Tensor]:
    samples = [*Shapes("train", shape_count=2, length=4, size=24)]
    images, labels = ([sample[name] for sample in samples] for name in ("image", "label"))
    return torch.stack(images), torch.stack(labels)
