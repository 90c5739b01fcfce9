"""Parts of models that are swapped on the command line: listed, and trained for an epoch."""

from typing import Any

import pytest

IMAGES = "Digits{train,val}:(d[0][:64],d[1][:32])"
MASK = "Record(image=r.image,label=(r.image[0]>0.5).long())"
MASKS = f"Digits{{train,val}}:[x[:64].map(lambda r: {MASK}) for x in d]"
RECIPE = "recipes.digits,epoch_count=1"
DENSITY = (
    f"{RECIPE},metric_fs=[MeanLoss],"
    "loss=lambda out, label: losses.bits_per_dimension(out, 64, bin_count=17)"
)
PARTS = {  # data, input adapter, model, trainer, and what explain tells of the part
    "the coupling of a flow": (
        *(IMAGES, "Dequantize(17)"),
        "Glow,level_count=2,step_count=1,level_f=t(step_f=t(coupling_f=SplineCoupling))",
        *(DENSITY, "SplineCoupling"),
    ),
    "the norm of a ResNet": (
        *(IMAGES, "id"),
        "ResNetV1,backbone_f=t(depth=10,base_width=4,small_input=True,"
        "block_f=t(norm_f=LayerNorm2d))",
        *(RECIPE, "LayerNorm2d"),
    ),
    "the head of a segmenter": (
        *(MASKS, "standardize"),
        "UNet,backbone_f=t(widths=(4,8)),head_f=ft(SegmentationHead,norm_f=LayerNorm2d)",
        *(f"{RECIPE},jitter=None", "SegmentationHead"),
    ),
}


@pytest.mark.parametrize("case", PARTS.values(), ids=list(PARTS))
def test_swapped_part_is_listed_and_trained(labwork: Any, case: tuple[str, ...]):
    data, adapter, model, trainer, part = case
    listed = labwork("explain", model)
    assert listed.status == 0
    assert part in listed.out
    assert labwork("train", data, adapter, model, trainer).status == 0
