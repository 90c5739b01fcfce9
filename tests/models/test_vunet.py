"""A VUNet renders poses in the appearance of other images."""

import re
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from labwork.core import ConfigError, StateError
from labwork.experiments import find_model
from labwork.models import (
    VUNet,
    VUNetBlock,
    VUNetDecoder,
    VUNetEncoder,
    VUNetOutput,
    VUNetUp,
    WeightNormConv2d,
    initialize_from_data,
)
from labwork.nn import is_built
from labwork.nn.losses import (
    PerceptualLoss,
    color_gradient,
    color_l1,
    color_l2,
    unit_gaussian_kl,
    weighted_total,
)

pytestmark = pytest.mark.usefixtures("seeded")

small = partial(VUNetEncoder, 4, 6)
small_vunet = partial(VUNet, encoder_f=small)
unbounded = partial(VUNetDecoder, final_f=None)
as_published = partial(VUNet, conv_f=WeightNormConv2d, decoder_f=unbounded)
VARIANTS = {
    "plain": small_vunet,
    "weight normalization": partial(as_published, encoder_f=small),
    "normalized": partial(
        small_vunet, block_f=partial(VUNetBlock, norm_f=partial(nn.GroupNorm, 2))
    ),
    "dropout": partial(small_vunet, block_f=partial(VUNetBlock, dropout=0.2)),
}
every_variant = pytest.mark.parametrize("make", VARIANTS.values(), ids=VARIANTS)


def images(count: int, size: int = 16, channels: int = 3) -> Tensor:
    return torch.rand(count, channels, size, size) * 2 - 1


def on_meta(make: partial[VUNet], size: int) -> VUNet:
    with torch.device("meta"):
        return make().build((1, 3, size, size), (1, 3, size, size))


def parameter_count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def losses(out: VUNetOutput, target: Tensor) -> dict[str, Tensor]:
    names = {"l1": color_l1, "l2": color_l2, "gradient": color_gradient}
    return {**{k: f(out.image, target) for k, f in names.items()}, "kl": out.kl()}


def total(out: VUNetOutput, target: Tensor, **weights: float) -> Tensor:
    weights = {"l1": 0.5, "l2": 0.0, "gradient": 0.0, "kl": 1.0, **weights}
    return weighted_total(losses(out, target), weights).mean()


@pytest.mark.parametrize(
    ("make", "size", "count"),
    [
        (partial(VUNet), 256, 19_457_859),
        (as_published, 256, 19_475_526),
        (partial(VUNet), 32, 13_161_027),
        (partial(VUNet), 64, 15_259_971),
    ],
)
def test_parameters_are_as_many_as_are_known(make: partial[VUNet], size: int, count: int):
    assert parameter_count(on_meta(make, size)) == count


@pytest.mark.parametrize("size", [4, 8, 32, 64, 256])
def test_stages_go_down_to_one_pixel_whatever_the_size(size: int):
    model = on_meta(small_vunet, size)
    assert len(model.pose_encoder.stages) == 1 + torch.tensor(size).log2().item()
    meta = torch.empty(2, 3, size, size, device="meta")
    out = model(meta, meta)
    assert out.image.shape == (2, 3, size, size)
    shapes = [(2, 6, 1, 1), (2, 6, 2, 2)]
    assert [mean.shape for mean in out.posterior] == [mean.shape for mean in out.prior] == shapes


@every_variant
def test_every_parameter_learns_from_the_loss_of_training(make: partial[VUNet]):
    model = make()
    appearance, pose, target = images(4), images(4), images(4)
    total(model(appearance, pose), target).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_each_pixel_s_prior_depends_on_the_pixels_before_and_on_no_other():
    model = small_vunet().build((2, 3, 16, 16), (2, 3, 16, 16)).double()
    features, code = torch.randn(1, 6, 2, 2).double(), torch.randn(1, 6, 2, 2).double()
    prior = model.bottleneck.fine.prior

    def means(code: Tensor) -> Tensor:
        return prior(features, code)[0].flatten(2)

    slopes = torch.func.jacrev(means)(code).flatten(-2).abs().amax((0, 1, 3, 4))
    assert torch.equal(slopes > 0, torch.ones(4, 4).tril(-1).bool()), slopes


def test_a_pixel_that_is_not_known_is_drawn_around_its_mean():
    model = small_vunet().build((2, 3, 16, 16), (2, 3, 16, 16))
    features = torch.randn(1, 6, 2, 2).expand(5000, -1, -1, -1)
    for prior in (model.bottleneck.fine.prior, model.bottleneck.coarse.prior):
        mean, code = prior(features)
        again, same = prior(features, code)
        torch.testing.assert_close(again, mean)
        assert same.equal(code)
        noise = code - mean
        assert noise.mean((0, 2, 3)).abs().max() < 0.05
        assert (noise.std((0, 2, 3)) - 1).abs().max() < 0.05


def test_codes_are_drawn_in_training_only_and_transfer_takes_the_means():
    model, x, pose = small_vunet(), images(2), images(2)
    first, second = model(x, pose), model(x, pose)
    assert not first.image.equal(second.image)
    assert first.posterior[0].equal(second.posterior[0])
    assert not first.posterior[1].equal(second.posterior[1])  # given the first code
    assert model.transfer(x, pose).equal(model.transfer(x, pose))
    assert model.eval()(x, pose).image.equal(model.transfer(x, pose))


def test_samples_differ_and_need_no_appearance():
    model, pose = small_vunet().build((2, 3, 16, 16), (2, 1, 16, 16)).eval(), images(2, channels=1)
    one, other = model.sample(pose), model.sample(pose)
    assert one.shape == (2, 3, 16, 16)
    assert not one.equal(other)
    torch.manual_seed(1)
    one = model.sample(pose)
    torch.manual_seed(1)
    assert one.equal(model.sample(pose))


def test_the_divergence_is_that_of_both_codes():
    q, p = [(torch.randn(3, 5, 1, 1), torch.randn(3, 4, 2, 2)) for _ in range(2)]
    kl = VUNetOutput(images(3), q, p).kl()
    torch.testing.assert_close(kl, sum(map(unit_gaussian_kl, q, p)))
    assert kl.shape == (3,)


def test_an_appearance_may_have_other_channels_and_another_size_than_the_pose():
    model = small_vunet(out_channels=2)
    assert model(images(2, 8, 4), images(2, 32, 1)).image.shape == (2, 2, 32, 32)
    assert small_vunet()(images(2, 16, 4), images(2)).image.shape == (2, 4, 16, 16)


def test_up_has_the_order_of_depth_to_space():
    up = VUNetUp(1).build((1, 1, 1, 1))
    nn.init.zeros_(up["conv"].weight)
    up["conv"].bias.data = torch.arange(4.0)
    assert up(torch.zeros(1, 1, 1, 1))[0, 0].tolist() == [[0, 1], [2, 3]]
    up = VUNetUp(2).build((1, 1, 1, 1))
    nn.init.zeros_(up["conv"].weight)
    up["conv"].bias.data = torch.arange(8.0)  # of the places: two channels each
    assert up(torch.zeros(1, 1, 1, 1))[0].tolist() == [[[0, 2], [4, 6]], [[1, 3], [5, 7]]]


def test_weight_normalization_is_pytorch_s():
    conv = WeightNormConv2d(3, 5, 3, stride=2, padding=1).double()
    theirs = nn.Conv2d(3, 5, 3, stride=2, padding=1).double()
    theirs.load_state_dict({"weight": conv.weight, "bias": conv.bias})
    theirs = nn.utils.parametrizations.weight_norm(theirs)
    x = images(2).double()
    torch.testing.assert_close(conv(x), theirs(x))
    conv.scale.data *= 3
    theirs.parametrizations.weight.original0.data *= 3
    torch.testing.assert_close(conv(x), theirs(x))
    conv(x).square().sum().backward()
    theirs(x).square().sum().backward()
    parts = theirs.parametrizations.weight
    torch.testing.assert_close(conv.scale.grad, parts.original0.grad)
    torch.testing.assert_close(conv.weight.grad, parts.original1.grad, rtol=1e-5, atol=1e-5)


def test_initialization_from_data_makes_each_convolution_give_mean_0_and_deviation_1():
    model, x, pose = VARIANTS["weight normalization"](), images(16), images(16)
    model.build(x.shape, pose.shape).eval()
    initialize_from_data(model, x, pose)
    given = {}
    for name, layer in model.named_modules():
        if isinstance(layer, WeightNormConv2d):
            layer.register_forward_hook(lambda _, __, out, name=name: given.update({name: out}))
    model(x, pose)
    assert len(given) > 40
    for out in given.values():
        assert out.mean((0, 2, 3)).abs().max() < 1e-3
        assert (out.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-2


def test_initialization_from_data_works_without_a_bias():
    net = nn.Sequential(
        WeightNormConv2d(3, 8, 3, bias=False), WeightNormConv2d(8, 5, 1, bias=False)
    )
    initialize_from_data(net, x := images(8))
    torch.testing.assert_close(net(x).std((0, 2, 3), correction=0), torch.ones(5))


@pytest.mark.parametrize(
    ("source", "check"),
    [
        (
            "VUNet,block_f=t(act_f=nn.SiLU,norm_f=nn.BatchNorm2d)",
            lambda m: count(m, nn.SiLU) == count(m, nn.BatchNorm2d) > 20 and not count(m, nn.ELU),
        ),
        ("VUNet,block_f=t(dropout=0.1)", lambda m: count(m, nn.Dropout) > 20),
        (
            "VUNet,encoder_f=t(base_width=32,stem_f=t(kernel_size=3,act_f=nn.ReLU))",
            lambda m: m.pose_encoder.stem["conv"].weight.shape == (32, 3, 3, 3),
        ),
        (
            "VUNet,conv_f=models.WeightNormConv2d,decoder_f=t(final_f=None)",
            lambda m: count(m, nn.Conv2d) == count(m, WeightNormConv2d) and not count(m, nn.Tanh),
        ),
        (
            "VUNet,conv_f=models.WeightNormConv2d,decoder_f=t(conv_f=nn.Conv2d)",
            lambda m: (
                not count(m.decoder, WeightNormConv2d) and count(m.posterior, WeightNormConv2d)
            ),
        ),
        ("VUNet,init=models.initialize_kaiming", lambda m: not m.decoder.image.bias.any()),
    ],
)
def test_parts_are_swapped_from_a_string(source: str, check):
    model = find_model(source)()
    assert not is_built(model)
    size = (2, 3, 8, 8)
    assert check(model.build(size, size))


def count(model: nn.Module, kind: type) -> int:
    return sum(isinstance(layer, kind) for layer in model.modules())


def test_a_transfer_builds_the_model_and_a_sample_says_that_it_can_t():
    model, x = small_vunet(), images(1)
    with pytest.raises(StateError, match="build it first"):
        model.sample(x)
    assert model.transfer(x, x).shape == model.sample(x).shape == x.shape


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: small_vunet()(images(2), images(2, 24)), "not 24×24"),
        (lambda: small_vunet()(images(2, 2), images(2)), "not 2×2"),
        (lambda: small_vunet()(images(2)[..., :8], images(2)), "not 16×8"),
        (
            lambda: initialize_from_data(VARIANTS["weight normalization"](), images(1), images(1)),
            "more images than 1",
        ),
    ],
)
def test_what_can_t_be_is_told(call, message: str):
    with pytest.raises(ConfigError, match=re.escape(message)):
        call()


def figures(seed: int, count: int = 256, size: int = 32) -> tuple[Tensor, Tensor, Tensor]:
    """People in one of eight colours: one of them, a stick figure, and the same person like it."""
    generator = torch.Generator().manual_seed(seed)
    low, high = torch.tensor([[-2.0, 0.2, 1.8], [-1.2, 1.3, 2.8]])
    angles = low + (high - low) * torch.rand(2, count, 3, generator=generator)
    colours = torch.randint(2, (count, 3, 1, 1), generator=generator) * 1.2 - 0.3
    line = torch.linspace(-1, 1, size)
    pixels = torch.stack(torch.meshgrid(line, line, indexing="xy"))
    limbs = 0.8 * torch.stack([angles.cos(), angles.sin()], -1)[..., None, None]
    along = ((pixels * limbs).sum(3, keepdim=True) / 0.64).clamp(0, 1)
    distances = (pixels - along * limbs).square().sum(3).sqrt()
    bodies = (distances.amin(2) < 0.22)[:, :, None] * colours
    return bodies[0], (distances[1] < 0.08) * 2.0 - 1, bodies[1]


@pytest.mark.slow
def test_it_learns_to_show_people_in_other_poses():
    model = VUNet(encoder_f=partial(VUNetEncoder, 8, 16))
    people = figures(seed=0)
    weights = {"l1": 1.0, "l2": 2.0, "gradient": 0.0, "kl": 1e-3}
    optimizer, totals = torch.optim.Adam(model.build(*people[:2]).parameters(), lr=3e-3), []
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.05, 240)
    for _ in range(240):
        chosen = torch.randint(256, (16,))
        appearance, pose, target = (x[chosen] for x in people)
        totals.append(total(model(appearance, pose), target, **weights))
        optimizer.zero_grad()
        totals[-1].backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
    assert sum(totals[-20:]) / 20 < totals[0] / 2
    with torch.no_grad():
        appearance, pose, target = figures(seed=1, count=64)
        own, others = (
            color_l1(model.transfer(a, pose), target).mean()
            for a in (appearance, appearance.roll(1, 0))
        )
        sampled = color_l1(model.sample(pose), target).mean()
    assert own < 0.8 * others
    assert own < 0.9 * sampled
    assert own < 0.9 * target.abs().mean()


def test_a_perceptual_loss_of_its_images_is_that_of_images_from_zero_to_one():
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    usual = PerceptualLoss(features, mean=mean, std=std)
    signed = PerceptualLoss(features, mean=[2 * m - 1 for m in mean], std=[2 * s for s in std])
    written = PerceptualLoss(features, mean=(-0.03, -0.088, -0.188), std=(0.458, 0.448, 0.45))
    image, target = images(3), images(3)
    expected = usual((image + 1) / 2, (target + 1) / 2)
    torch.testing.assert_close(signed(image, target), expected)
    torch.testing.assert_close(written(image, target), expected)
    assert "std=(0.458, 0.448, 0.45)" in str(VUNet.__doc__)
