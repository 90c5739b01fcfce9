"""The first batch is tried out before a training, which goes on as if it hadn't been."""

from typing import Any

import pytest
import torch
from torch import Tensor

from labwork.data import Digits
from labwork.experiments import get_model, get_trainer
from labwork.runtime import RandomState

pytestmark = pytest.mark.usefixtures("seeded")

DATA = Digits("train")[:48]
MODELS = [
    "SmallImageClassifier,widths=(4,8),dropout=0.5",
    "MLP",
    "ResNetV1,backbone_f=t(depth=10,base_width=4,small_input=True)",
    "ViT,backbone_f=t(patch_size=4,depth=1,width=16,head_count=2)",
]
RECIPE = "recipes.digits,epoch_count=2,batch_size=16"


def trained(text: str, data: Any, workers: int) -> list[Tensor]:
    torch.manual_seed(1)
    model = get_model(text, "id", DATA)
    before = RandomState().state_dict()["torch"]
    trainer = get_trainer(RECIPE, model, data=data, worker_count=workers)
    assert torch.equal(RandomState().state_dict()["torch"], before)
    assert all(module.training for module in model.modules())
    trainer.train(DATA)
    trainer.close()
    return [*model.state_dict().values(), torch.rand(3)]


@pytest.mark.parametrize(("text", "workers"), [*((text, 0) for text in MODELS), (MODELS[0], 2)])
def test_trying_changes_nothing(text: str, workers: int):
    tried, untried = (trained(text, data, workers) for data in (DATA, None))
    assert all(torch.equal(one, other) for one, other in zip(tried, untried, strict=True))
