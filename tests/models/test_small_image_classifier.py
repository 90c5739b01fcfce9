"""SmallImageClassifier: shapes, state, and that all of it is trained."""

import copy
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from labwork.core import StateError
from labwork.models import SmallImageClassifier

pytestmark = pytest.mark.usefixtures("seeded")

sizes = st.integers(1, 11)


def small(seed: int = 0, **options: object) -> SmallImageClassifier:
    torch.manual_seed(seed)
    return SmallImageClassifier(**{"class_count": 5, "in_channels": 2, "widths": (4, 6)} | options)


@settings(max_examples=15)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 6), sizes, sizes)
def test_images_of_any_size_give_a_score_for_each_class(count, channels, classes, height, width):
    model = SmallImageClassifier(classes, channels, widths=(4, 8)).eval()
    images = torch.rand(count, channels, height, width)
    scores = model(images)
    assert scores.shape == (count, classes)
    torch.testing.assert_close(model(images[:1])[0], scores[0])


@pytest.mark.parametrize("widths", [(4,), (4, 6), (4, 6, 5, 3)])
def test_each_block_but_the_first_halves_the_resolution(widths):
    model = small(widths=widths)
    x = torch.rand(2, 2, 16, 16)
    for i, width in enumerate(widths):
        x = getattr(model, f"block{i}")(x)
        assert x.shape == (2, width, 16 // 2**i, 16 // 2**i)
    assert not hasattr(model, f"block{len(widths)}")


def test_images_with_other_channels_are_refused():
    with pytest.raises(RuntimeError, match="channels"):
        small()(torch.rand(1, 3, 8, 8))


def test_seed_decides_the_weights():
    def weights(model: nn.Module) -> list[float]:
        return [x for p in model.parameters() for x in p.flatten().tolist()]

    assert weights(small(1)) == weights(small(1))
    assert weights(small(1)) != weights(small(2))
    assert all(m.bias.count_nonzero() == 0 for m in small().modules() if isinstance(m, nn.Linear))


@pytest.mark.parametrize("options", [{}, {"norm_f": partial(nn.GroupNorm, 2), "act_f": nn.SiLU}])
def test_every_parameter_gets_a_gradient(options):
    model = small(**options)
    loss = nn.functional.cross_entropy(model(torch.rand(8, 2, 9, 9)), torch.arange(8) % 5)
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_state_is_loaded_strictly_and_makes_the_same_network():
    model, other, images = small(1), small(2), torch.rand(3, 2, 8, 8)
    model(images)  # moves the running statistics
    state = model.state_dict()
    other.load_state_dict(state)
    assert torch.equal(other.eval()(images), model.eval()(images))
    missing = {name: value for name, value in state.items() if name != "classifier.bias"}
    with pytest.raises(StateError, match=r"1 missing\s+classifier\.bias is missing"):
        other.load_state_dict(missing)
    with pytest.raises(StateError, match=r"strange is too many"):
        other.load_state_dict({**state, "strange": torch.zeros(1)})
    with pytest.raises(StateError, match=r"classifier\.weight is .* there and .* here"):
        small(class_count=6).load_state_dict(state)


def test_deep_copy_is_the_same_network_and_another_object():
    model, images = small().eval(), torch.rand(3, 2, 8, 8)
    twin = copy.deepcopy(model)
    before = model(images)
    assert torch.equal(twin(images), before)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.add_(1)
    assert torch.equal(model(images), before)
    assert not torch.equal(twin(images), before)


def test_dropout_acts_in_training_alone():
    model, images = small(dropout=0.9, widths=(8,)), torch.rand(4, 2, 6, 6)
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


def test_layers_are_those_that_were_asked_for():
    model = small(norm_f=partial(nn.GroupNorm, 2), act_f=nn.SiLU, dropout=0.3)
    kinds = [type(m) for m in model.modules()]
    assert kinds.count(nn.GroupNorm) == kinds.count(nn.SiLU) == kinds.count(nn.Conv2d) == 2
    assert nn.BatchNorm2d not in kinds
    assert nn.ReLU not in kinds
    assert model.dropout.p == 0.3
