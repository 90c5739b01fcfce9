"""Laws that hold for every model; a new one joins the list and inherits them."""

import copy
import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map

from labwork.core import ConfigError
from labwork.models import (
    MLP,
    VAE,
    AtrousSpatialPyramidPooling,
    Autoencoder,
    ConvDecoder,
    ConvEncoder,
    ConvNeXt,
    ConvNeXtBackbone,
    DCGANDiscriminator,
    DCGANGenerator,
    DeepLabV3Plus,
    DeepLabV3PlusDecoder,
    DenseNet,
    DenseNetBackbone,
    Glow,
    IRevNet,
    IRevNetBackbone,
    LadderDecoder,
    LadderDenseNet,
    LinearBlock,
    MLPBackbone,
    PyramidDecoder,
    ResNetV1,
    ResNetV1Backbone,
    ResNetV1Block,
    ResNetV2,
    ResNetV2Backbone,
    ResNetV2Block,
    SegmentationResNet,
    SmallImageClassifier,
    SpatialPyramidPooling,
    SwiftNet,
    SwiftNetPyramid,
    UNet,
    UNetBackbone,
    UNetBlock,
    UNetDecoder,
    UNetStep,
    ViT,
    ViTBackbone,
    VUNet,
    VUNetBlock,
    VUNetDecoder,
    VUNetEncoder,
    WeightNormConv2d,
    WideResNet,
    WideResNetBackbone,
)
from labwork.nn import (
    Module,
    Seq,
    deep_join,
    deep_split,
    hooked,
    is_built,
    split_paths,
    with_intermediate_outputs,
)

pytestmark = pytest.mark.usefixtures("seeded")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A small model, the shape of its input, and what is known of it.

    ``loss`` makes a number of the output; ``exports`` says whether torch.export and jit.trace can,
    and ``traces`` whether jit.trace can, which has no numbers that come of the size of images.
    """

    name: str
    make: Callable[[], nn.Module]
    shape: Shape
    parameter_count: int
    loss: Callable[[Any], Tensor] = lambda out: sum(t.square().mean() for t in tree_leaves(out))
    exports: bool = True
    traces: bool = True


v1 = partial(ResNetV1Backbone, depth=10, base_width=4)
v2 = partial(ResNetV2Backbone, depth=10, base_width=4)
bottleneck = {"kernel_sizes": (1, 3, 1), "width_factors": (1, 1, 4)}
wide = partial(WideResNetBackbone, depth=10, width_factor=1)
dense = partial(DenseNetBackbone, depth=121, group_lengths=(2, 1, 2), growth=4)
tokens = partial(ViTBackbone, depth=2, width=8, head_count=2, patch_size=4)
next_one = partial(ConvNeXtBackbone, depths=(1, 1), widths=(4, 6), patch_size=2)
encoder = partial(ConvEncoder, 3, widths=(4, 6))
decoder = partial(ConvDecoder, widths=(6, 4), final_f=None)
context = partial(SpatialPyramidPooling, 6, grid_sizes=(3, 2))
ladder = partial(LadderDecoder, widths=6, context_f=context)
atrous = partial(AtrousSpatialPyramidPooling, 6, dilations=(2, 3))
normalized = partial(UNetBlock, norm_f=nn.BatchNorm2d)
small_vunet = partial(VUNet, encoder_f=partial(VUNetEncoder, 4, 6))


class OfHalves(Module):
    """A model of two inputs, which are the first half of the channels and the second."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Any:
        return self.model(*x.chunk(2, 1))


invertible = partial(IRevNetBackbone, group_lengths=(1, 2))


def never_zero(module: nn.Module) -> None:
    """A coupling begins with zeros, behind which nothing gets a gradient."""
    for parameter in module.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)


CASES = [
    Case("SmallImageClassifier", lambda: SmallImageClassifier(5, 2, widths=(4, 6)), (2, 8, 8), 343),
    Case("ResNetV1", lambda: ResNetV1(5, backbone_f=v1), (3, 40, 33), 20_217),
    Case(
        "ResNetV1, bottlenecks, dilated",
        lambda: ResNetV1(
            5,
            backbone_f=partial(v1, output_stride=8, block_f=partial(ResNetV1Block, **bottleneck)),
        ),
        (3, 33, 32),
        33_641,
    ),
    Case(
        "ResNetV1, no normalization",
        lambda: ResNetV1(
            5, backbone_f=partial(v1, small_input=True, block_f=partial(ResNetV1Block, norm_f=None))
        ),
        (2, 9, 8),
        19_525,
    ),
    Case("ResNetV2", lambda: ResNetV2(5, backbone_f=v2), (3, 40, 33), 20_105),
    Case(
        "ResNetV2, bottlenecks",
        lambda: ResNetV2(
            5,
            backbone_f=partial(v2, small_input=True, block_f=partial(ResNetV2Block, **bottleneck)),
        ),
        (1, 9, 8),
        32_609,
    ),
    Case(
        "ResNetV2, no normalization",
        lambda: ResNetV2(
            5,
            backbone_f=partial(
                v2,
                small_input=True,
                block_f=partial(ResNetV2Block, norm_f=None, act_f=partial(nn.ReLU, inplace=True)),
                final_f=nn.ReLU,
            ),
        ),
        (3, 8, 8),
        19_553,
    ),
    Case(
        "WideResNet",
        lambda: WideResNet(5, backbone_f=partial(wide, small_input=True)),
        (3, 9, 8),
        77_525,
    ),
    Case(
        "DenseNet",
        lambda: DenseNet(5, backbone_f=partial(dense, small_input=True)),
        (3, 9, 8),
        4407,
    ),
    Case(
        "SegmentationResNet",
        lambda: SegmentationResNet(5, backbone_f=partial(v1, output_stride=8)),
        (3, 40, 33),
        20_217,
    ),
    Case("MLP", lambda: MLP(5, backbone_f=partial(MLPBackbone, (6, 4))), (2, 4, 4), 251),
    Case(
        "MLP, normalized",
        lambda: MLP(
            5,
            backbone_f=partial(
                MLPBackbone, (6,), block_f=partial(LinearBlock, norm_f=nn.BatchNorm1d)
            ),
        ),
        (2, 4, 4),
        239,
    ),
    Case(
        "ViT",
        lambda: ViT(5, backbone_f=tokens, init=None),
        (3, 8, 12),
        2261,
        traces=False,
    ),
    Case("ConvNeXt", lambda: ConvNeXt(5, backbone_f=next_one), (3, 16, 20), 1213),
    Case(
        "Autoencoder", lambda: Autoencoder(encoder_f=encoder, decoder_f=decoder), (2, 8, 12), 1319
    ),
    Case("VAE", lambda: VAE(3, encoder_f=encoder, decoder_f=decoder), (2, 8, 12), 1505),
    Case("DCGANGenerator", lambda: DCGANGenerator(2, size=8, base_width=4), (6,), 520),
    Case("DCGANDiscriminator", lambda: DCGANDiscriminator(base_width=4), (2, 16, 16), 784),
    Case(
        "SwiftNet",
        lambda: SwiftNet(5, backbone_f=v1, decoder_f=ladder),
        (3, 75, 64),
        21_743,
        traces=False,
    ),
    Case(
        "SwiftNet on ResNetV2, no normalization",
        lambda: SwiftNet(
            5,
            backbone_f=partial(v2, block_f=partial(ResNetV2Block, norm_f=None), final_f=nn.ReLU),
            decoder_f=ladder,
        ),
        (3, 75, 64),
        21_559,
        traces=False,
    ),
    Case(
        "SwiftNet on i-RevNet",
        lambda: SwiftNet(
            5, backbone_f=partial(IRevNetBackbone, group_lengths=(1, 2, 1)), decoder_f=ladder
        ),
        (1, 32, 48),
        20_283,
        traces=False,
    ),
    Case(
        "SwiftNetPyramid",
        lambda: SwiftNetPyramid(
            5, level_count=2, backbone_f=v1, decoder_f=partial(PyramidDecoder, 6)
        ),
        (3, 129, 96),
        22_051,
    ),
    Case(
        "LadderDenseNet",
        lambda: LadderDenseNet(5, backbone_f=dense, decoder_f=partial(ladder, widths=(8, 6, 6))),
        (3, 73, 64),
        7151,
        traces=False,
    ),
    Case(
        "DeepLabV3Plus",
        lambda: DeepLabV3Plus(
            5,
            backbone_f=partial(v1, output_stride=16),
            decoder_f=partial(DeepLabV3PlusDecoder, 6, fine_width=4, context_f=atrous),
        ),
        (3, 41, 32),
        25_043,
    ),
    Case("UNet", lambda: UNet(5, backbone_f=partial(UNetBackbone, (4, 6, 8))), (2, 18, 13), 3547),
    Case(
        "UNet, normalized",
        lambda: UNet(
            5,
            backbone_f=partial(UNetBackbone, (4, 6), block_f=normalized),
            decoder_f=partial(UNetDecoder, step_f=partial(UNetStep, block_f=normalized)),
        ),
        (2, 9, 8),
        1369,
    ),
    Case("IRevNet", lambda: IRevNet(5, backbone_f=invertible), (3, 16, 24), 20_165),
    Case(
        "IRevNet, injective, reversible",
        lambda: IRevNet(
            5, backbone_f=partial(invertible, init_stride=1, base_width=4, reversible=True)
        ),
        (6, 8, 12),  # the zeros come last, and a half of nothing else teaches nothing
        818,
        exports=False,
    ),
    Case("Glow", lambda: Glow(level_count=2, step_count=2, init=never_zero), (1, 8, 8), 38_124),
    Case("UNet on ResNetV1", lambda: UNet(5, backbone_f=v1), (3, 75, 64), 31_921),
    Case("VUNet", lambda: OfHalves(small_vunet()), (6, 16, 16), 25_669),
    Case(
        "VUNet, normalized, also its weights",
        lambda: OfHalves(
            small_vunet(
                conv_f=WeightNormConv2d,
                block_f=partial(VUNetBlock, norm_f=nn.BatchNorm2d),
                decoder_f=partial(VUNetDecoder, final_f=None),
            )
        ),
        (6, 8, 8),
        21_910,
    ),
]

every_model = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def built(case: Case, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    model = case.make()
    return model if is_built(model) else model.build((2, *case.shape))


def images(case: Case, count: int = 2) -> Tensor:
    return torch.rand(count, *case.shape, generator=torch.Generator().manual_seed(count))


def settled(case: Case) -> nn.Module:
    """In evaluation, with running statistics of a step."""
    model = built(case)
    model(images(case, 8))
    return model.eval()


def same(a: Any, b: Any, **tolerance: float) -> None:
    torch.testing.assert_close(tree_leaves(a), tree_leaves(b), **tolerance)


@every_model
def test_output_is_finite_for_each_image(case: Case):
    for out in tree_leaves(built(case)(images(case, 3))):
        assert len(out) == 3
        assert out.isfinite().all()


@every_model
def test_every_parameter_gets_a_gradient(case: Case):
    model = built(case)
    case.loss(model(images(case, 4))).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@every_model
def test_parameters_are_as_many_as_are_known(case: Case):
    assert sum(p.numel() for p in built(case).parameters()) == case.parameter_count


@every_model
def test_build_on_meta_makes_the_same_shapes_and_no_content(case: Case):
    model = built(case)
    with torch.device("meta"):
        empty = built(case)
    assert all(tensor.is_meta for tensor in empty.state_dict().values())
    assert shapes(empty) == shapes(model)


@every_model
def test_build_leaves_the_random_state(case: Case):
    torch.manual_seed(0)
    model = case.make()
    before = torch.get_rng_state()
    if not is_built(model):
        model.build((2, *case.shape))
    assert torch.equal(torch.get_rng_state(), before)


@every_model
def test_state_loads_before_the_build_as_after(case: Case):
    model, x = settled(case), images(case)
    early, late = case.make(), built(case, seed=1).eval()
    early.load_state_dict(model.state_dict())
    late.load_state_dict(model.state_dict())
    if not is_built(early):
        early.build((2, *case.shape))
    same(early.eval()(x), model(x), rtol=0, atol=0)
    same(late(x), model(x), rtol=0, atol=0)


@every_model
def test_state_goes_through_a_file(case: Case):
    model, file = settled(case), io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    other = built(case, seed=1).eval()
    other.load_state_dict(torch.load(file, weights_only=True))
    same(other(images(case)), model(images(case)), rtol=0, atol=0)


@every_model
def test_parts_at_every_path_make_the_whole(case: Case):
    model, x = settled(case), images(case)
    parts_make_the_whole(model, x)
    for sequence, features in inner_sequences(model, x):
        parts_make_the_whole(sequence, features)


def parts_make_the_whole(model: nn.Module, x: Any) -> None:
    out, inner = with_intermediate_outputs(model, return_dict=True)(copied(x))
    same(out, model(copied(x)), rtol=0, atol=0)
    for path in split_paths(model):
        left, right = deep_split(model, path)
        features = left(copied(x))
        if path:
            same(features, inner[path], rtol=0, atol=0)
        same(right(features), out, rtol=0, atol=0)
        joined = deep_join(left, right)
        assert [*dict(joined.named_modules())] == [*dict(model.named_modules())]


def inner_sequences(model: nn.Module, x: Tensor) -> Iterator[tuple[Seq, Any]]:
    """Each outermost ``Seq`` of what isn't one, with its input, which is its first module's."""
    modules = dict(model.named_modules())
    found = {p: m for p, m in modules.items() if isinstance(m, Seq) and len(m)}
    for path, sequence in found.items():
        if path and path.rpartition(".")[0] not in found:
            yield sequence, input_of(first_of(sequence), model, x)


def first_of(module: nn.Module) -> nn.Module:
    return first_of(module[0]) if isinstance(module, Seq) and len(module) else module


def input_of(module: nn.Module, model: nn.Module, x: Tensor) -> Any:
    inputs: list[Any] = []
    with hooked(module, lambda _, args: inputs.append(copied(args[0])), before=True):
        # A flow asks for the density of its transform, which is no call.
        getattr(model, "transform", model)(x)
    return inputs[0]


def copied(x: Any) -> Any:
    return tree_map(torch.clone, x)


@every_model
def test_nothing_is_split_elsewhere(case: Case):
    model = built(case)
    splittable = {*split_paths(model)}
    for path, _ in model.named_modules():
        if path in splittable:
            continue
        with pytest.raises(ConfigError) as error:
            deep_split(model, path)
        holder = next(p for p in prefixes(path) if not isinstance(model.get_submodule(p), Seq))
        kind = type(model.get_submodule(holder)).__name__
        where = ".".join(filter(None, ["ROOT", holder]))
        assert str(error.value).startswith(f"can't split at {path!r}: {where} ({kind}) isn't a Seq")


def prefixes(path: str) -> Iterator[str]:
    names = path.split(".")
    return (".".join(names[:end]) for end in range(len(names)))


@every_model
def test_outputs_don_t_depend_on_the_batch(case: Case):
    model, x = settled(case), images(case, 3)
    for whole, first in zip(tree_leaves(model(x)), tree_leaves(model(x[1:2])), strict=True):
        torch.testing.assert_close(whole[1:2], first, rtol=1e-4, atol=1e-5)


@every_model
def test_seed_decides_everything(case: Case):
    x = images(case, 4)

    def outcome(seed: int) -> Sequence[Tensor]:
        model = built(case, seed)
        out = model(x)
        return [*tree_leaves(out), *model.state_dict().values()]

    same(outcome(1), outcome(1), rtol=0, atol=0)
    assert not all(torch.equal(a, b) for a, b in zip(outcome(1), outcome(2), strict=True))


@every_model
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copy_is_the_same_network_and_another_object(case: Case, duplicate: Any):
    model, x = settled(case), images(case)
    twin = duplicate(model)
    before = model(x)
    same(twin(x), before, rtol=0, atol=0)
    for parameter in twin.parameters():
        parameter.data.zero_()
    same(model(x), before, rtol=0, atol=0)


@every_model
def test_exported_program_gives_the_same(case: Case):
    if not case.exports:
        pytest.skip("what it does depends on values")
    model, x = settled(case), images(case)
    same(torch.export.export(model, (x,)).module()(x), model(x))


@every_model
@pytest.mark.slow
def test_compiler_finds_one_graph(case: Case):
    if not case.exports:
        pytest.skip("what it does depends on values")
    torch.compiler.reset()
    model, x = settled(case), images(case)
    same(torch.compile(model, backend="eager", fullgraph=True)(x), model(x))


@every_model
@pytest.mark.filterwarnings("ignore:.*trace:DeprecationWarning")
def test_trace_gives_the_same(case: Case):
    if not (case.exports and case.traces):
        pytest.skip("what it does depends on values")
    model, x = settled(case), images(case)
    same(torch.jit.trace(model, x)(x), model(x))


def shapes(model: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in model.state_dict().items()}
