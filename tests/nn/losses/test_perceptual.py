"""PerceptualLoss: its value, what learns from it, and that its network stays as it is."""

import copy

import pytest
import torch
from torch import Tensor, nn

from labwork.nn.losses import PerceptualLoss, color_l1

pytestmark = pytest.mark.usefixtures("seeded")

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


class Features(nn.Module):
    """Two feature maps, with all that could change in training."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Tanh(), nn.Dropout())
        self.second = nn.Sequential(nn.Conv2d(4, 6, 3, stride=2), nn.Tanh())

    def forward(self, x: Tensor) -> list[Tensor]:
        first = self.first(x)
        return [first, self.second(first)]


def images(**options: object) -> Tensor:
    return torch.rand(3, 3, 9, 9, **options)


def test_value_is_the_weighted_sum_over_image_and_maps():
    features, weights = Features(), (0.5, 2.0, 3.0)
    loss, a, b = PerceptualLoss(features, weights), images(), images()
    x, y = ((t - MEAN[:, None, None]) / STD[:, None, None] for t in (a, b))
    expected = 0.5 * (x - y).abs().mean((1, 2, 3))
    for w, u, v in zip(weights[1:], features(x), features(y), strict=True):
        expected += w * (u - v).abs().mean((1, 2, 3))
    torch.testing.assert_close(loss(a, b), expected)
    assert loss(a, b).shape == (3,)
    torch.testing.assert_close(loss(a, b)[1:2], loss(a[1:2], b[1:2]))
    assert loss(a, a).count_nonzero() == 0
    torch.testing.assert_close(loss(a, b), loss(b, a))


def test_gradients_reach_both_images_through_the_network():
    loss = PerceptualLoss(Features(), weights=(0, 1, 1))  # nothing but the network
    a, b = images(requires_grad=True), images(requires_grad=True)
    loss(a, b).sum().backward()
    assert (a.grad.flatten(1).count_nonzero(1) > 200).all()
    assert (b.grad.flatten(1).count_nonzero(1) > 200).all()
    assert all(p.grad is None for p in loss.parameters())


def test_gradients_are_those_of_the_value():
    loss = PerceptualLoss(Features()).double()
    pair = (images(dtype=torch.float64).requires_grad_() for _ in range(2))
    assert torch.autograd.gradcheck(loss, tuple(pair))


def test_an_image_can_be_found_by_descending_it():
    loss, target = PerceptualLoss(Features(), weights=(0, 1, 1)), images()
    image = images().requires_grad_()
    start = loss(image, target).sum().item()
    optimizer = torch.optim.Adam([image], lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        loss(image, target).sum().backward()
        optimizer.step()
    assert loss(image, target).sum().item() < start / 2


def test_network_stays_frozen_in_a_parent_that_trains():
    features = Features()
    parent = nn.ModuleDict({"loss": PerceptualLoss(features), "net": nn.Linear(2, 2)})
    before = copy.deepcopy(features.state_dict())
    for mode in (True, False, True):
        parent.train(mode)
        assert parent.training == parent["loss"].training == mode
        assert not any(m.training for m in features.modules())
        first, again = (parent["loss"](images(), images() * 0) for _ in range(2))
        assert first.shape == again.shape
    assert all(torch.equal(v, before[k]) for k, v in features.state_dict().items())
    assert not any(p.requires_grad for p in parent["loss"].parameters())
    a, b = images(), images()
    assert torch.equal(parent["loss"](a, b), parent["loss"](a, b))  # no dropout


@pytest.mark.parametrize("pack", [list, tuple, lambda maps: dict(zip("ab", maps, strict=True))])
def test_maps_come_in_any_packing(pack):
    class Packed(Features):
        def forward(self, x: Tensor) -> object:
            return pack(super().forward(x))

    packed, plain = Packed(), Features()
    plain.load_state_dict(packed.state_dict())
    a, b = images(), images()
    assert torch.equal(PerceptualLoss(packed)(a, b), PerceptualLoss(plain)(a, b))
    only = PerceptualLoss(plain.first)(a, b)
    assert torch.equal(only, PerceptualLoss(plain, (1, 1, 0))(a, b))


def test_without_standardization_and_network_it_is_color_l1():
    a, b = images(), images()
    loss = PerceptualLoss(nn.Identity(), (1, 0), mean=0, std=1)
    assert torch.equal(loss(a, b), color_l1(a, b))


def test_state_and_copies():
    loss, a, b = PerceptualLoss(Features(), (1, 2, 3)), images(), images()
    other = PerceptualLoss(Features(), (1, 2, 3))
    other.load_state_dict(loss.state_dict())
    assert torch.equal(other(a, b), loss(a, b))
    assert torch.equal(copy.deepcopy(loss).train()(a, b), loss(a, b))
    compiled = torch.compile(loss, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(a, b), loss(a, b))
    assert "weights=(1, 2, 3)" in repr(loss)


def test_half_precision_is_summed_in_single():
    loss = PerceptualLoss(Features()).to(torch.bfloat16)
    a = images(dtype=torch.bfloat16).requires_grad_()
    out = loss(a, images(dtype=torch.bfloat16))
    out.sum().backward()
    assert out.dtype == torch.float32
    assert a.grad.isfinite().all()


def test_mistakes_are_explained():
    with pytest.raises(ValueError, match="weights must be 3 numbers, for the image and 2 feature"):
        PerceptualLoss(Features(), (1, 1))(images(), images())
    with pytest.raises(ValueError, match="target must have the shape of image"):
        PerceptualLoss(Features())(images(), images()[:2])
