"""VGG: sizes of the paper, names of torchvision, and features on the way."""

import copy
import pickle

import pytest
import torch
from torch import nn

from labwork.core import ConfigError
from labwork.models._vgg import VGG
from labwork.models._vgg_features import VGGFeatures
from labwork.nn.losses import PerceptualLoss

pytestmark = pytest.mark.usefixtures("seeded")

# Published with torchvision's files of parameters, for 1000 classes.
SIZES = {
    (11, False): 132_863_336,
    (11, True): 132_868_840,
    (13, False): 133_047_848,
    (13, True): 133_053_736,
    (16, False): 138_357_544,
    (16, True): 138_365_992,
    (19, False): 143_667_240,
    (19, True): 143_678_248,
}


def small(**options: object) -> VGG:
    return VGG(**{"class_count": 5, "in_channels": 3, "width": 4, "hidden_width": 8} | options)


@pytest.mark.parametrize(("depth", "is_normalized"), SIZES)
def test_parameters_are_those_of_the_paper(depth: int, is_normalized: bool):
    with torch.device("meta"):
        model = VGG(1000, 3, depth=depth, norm_f=nn.BatchNorm2d if is_normalized else None)
    assert sum(p.numel() for p in model.parameters()) == SIZES[depth, is_normalized]
    with_weights = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(with_weights) == depth


def test_names_are_torchvisions():
    names = list(small(depth=11).state_dict())
    convs = [0, 3, 6, 8, 11, 13, 16, 18]
    places = [f"features.{i}" for i in convs] + [f"classifier.{i}" for i in (0, 3, 6)]
    assert names == [f"{place}.{kind}" for place in places for kind in ("weight", "bias")]
    assert "features.1.running_mean" in small(norm_f=nn.BatchNorm2d).state_dict()


@pytest.mark.parametrize("depth", [11, 13, 16, 19])
@pytest.mark.parametrize("norm_f", [None, nn.BatchNorm2d])
def test_all_of_it_learns(depth: int, norm_f: object):
    model = small(depth=depth, in_channels=2, norm_f=norm_f, act_f=nn.Softplus)
    out = model(torch.rand(2, 2, 32, 40))
    assert out.shape == (2, 5)
    out.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert model.classifier[-1].weight.grad.abs().sum() > 0


@pytest.mark.parametrize("depth", [11, 13, 16, 19])
@pytest.mark.parametrize("norm_f", [None, nn.BatchNorm2d])
def test_features_are_those_on_the_way(depth: int, norm_f: object):
    model = small(depth=depth, norm_f=norm_f, act_f=nn.ReLU).eval()
    names = [f"relu{block}_1" for block in (4, 1, 3, 2, 5)]
    features = VGGFeatures(names, depth=depth, width=4, norm_f=norm_f).eval()
    features.load_state_dict(model.state_dict())
    x = images = torch.rand(2, 3, 32, 32)
    block, seen = 1, {}
    for layer in model.features:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            seen.setdefault(f"relu{block}_1", x)
        block += isinstance(layer, nn.MaxPool2d)
    maps = features(images)
    assert all(torch.equal(m, seen[name]) for m, name in zip(maps, names, strict=True))


def test_features_load_what_they_need_of_the_whole():
    model, features = small(depth=19).eval(), VGGFeatures(width=4).eval()
    state = model.state_dict()
    assert features.load_state_dict(state).missing_keys == []
    assert len(state) == len(model.state_dict())
    x = torch.rand(1, 3, 32, 32)
    expected = {i: model.features[: i + 1](x) for i in (3, 8, 13, 22, 31)}
    maps = features(x)
    assert len(features.features) == 32
    assert all(torch.equal(m, e) for m, e in zip(maps, expected.values(), strict=True))
    for other in (copy.deepcopy(features), pickle.loads(pickle.dumps(features))):
        other.load_state_dict(state)
        assert torch.equal(other(x)[-1], maps[-1])
    loss = PerceptualLoss(VGGFeatures(width=4))
    nested = {f"features.{name}": value for name, value in state.items()}
    assert loss.load_state_dict(nested, strict=False).unexpected_keys == []
    assert torch.equal(loss.features(x)[-1], maps[-1])


def test_features_refuse_what_does_not_fit():
    features = VGGFeatures(width=4)
    with pytest.raises(RuntimeError, match=r"Unexpected key.*head\.weight"):
        features.load_state_dict(small(depth=19).state_dict() | {"head.weight": torch.zeros(1)})
    with pytest.raises(RuntimeError, match="size mismatch"):
        features.load_state_dict(small(depth=19, width=8).state_dict())
    state = small(depth=19).state_dict()
    del state["features.0.weight"]
    with pytest.raises(RuntimeError, match=r"Missing key.*features\.0\.weight"):
        features.load_state_dict(state)


def test_the_perceptual_loss_teaches_more_than_pixels():
    loss = PerceptualLoss(VGGFeatures(width=4), weights=(0, 1, 1, 1, 1, 1))
    image = torch.rand(2, 3, 32, 32, requires_grad=True)
    out = loss(image, torch.rand(2, 3, 32, 32))
    assert out.shape == (2,)
    out.sum().backward()
    assert (image.grad.flatten(1).abs().sum(1) > 0).all()
    assert all(p.grad is None for p in loss.parameters())


def test_mistakes_are_explained():
    with pytest.raises(
        ConfigError, match="no VGG of depth 18 is defined; the depths are 11, 13, 16, 19"
    ):
        VGG(10, depth=18)
    with pytest.raises(ConfigError, match="unknown activation 'relu3_5' in VGG-19; did you mean"):
        VGGFeatures(["relu3_5"], width=4)
