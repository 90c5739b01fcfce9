"""Laws of perturbations: each of the list CASES obeys them."""

import copy
import inspect
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from labwork.core import ConfigError, StateError
from labwork.nn import perturbations
from labwork.nn.perturbations import (
    HSV,
    Additive,
    Bleaching,
    Box,
    Chain,
    Clamp,
    Contrast,
    CutMix,
    Gamma,
    L1Ball,
    L2Ball,
    LInfBall,
    Modulo,
    Multiplicative,
    Normal,
    Perturbation,
    Saturation,
    SmoothWarp,
    TPSWarp,
    Warp,
    Whitening,
    photometric_geometric,
    photometric_jitter,
)

IMAGES, VECTORS = (4, 3, 10, 14), (4, 6)
SMALL = LInfBall(0.1)
PERS = ("element", "channel", "pixel", "sample")


class Case(NamedTuple):
    """A perturbation that can be made again and again."""

    name: str
    make: Callable[[], Perturbation]
    shape: tuple[int, ...] = IMAGES
    mixes: bool = False

    def __str__(self) -> str:
        return f"{self.name}-{len(self.shape)}d"

    def x(self, count: int = 4, seed: int = 1) -> Tensor:
        """A batch in [0, 1), away from the ends."""
        generator = torch.Generator().manual_seed(seed)
        return 0.1 + 0.8 * torch.rand((count, *self.shape[1:]), generator=generator)

    def drawn(self, x: Tensor, seed: int = 0) -> Perturbation:
        """The perturbation with parameters drawn from what is its own."""
        return self.make().reset(x).init_(generator=torch.Generator().manual_seed(seed))


ELEMENTWISE = [
    Case(f"{kind.__name__} of each {per}", lambda k=kind, p=per: k(p, init=SMALL), shape)
    for kind, per in zip((Additive, Multiplicative, Modulo, Gamma), PERS, strict=True)
    for shape in (IMAGES, VECTORS)
]
PHOTOMETRIC = [
    *ELEMENTWISE,
    Case("Contrast", Contrast),
    Case("Contrast of grey", Contrast, (4, 1, 10, 14)),
    Case("Saturation", Saturation),
    Case("Bleaching", Bleaching),
    Case("Bleaching", Bleaching, VECTORS),
    Case("Whitening", Whitening),
    Case("Whitening of 5 channels", Whitening, (4, 5, 10, 14)),
    Case("HSV", HSV),
    Case("Clamp", Clamp),
    Case("photometric_jitter", photometric_jitter),
]
GEOMETRIC = [
    Case("Warp", lambda: Warp(init=Normal(2))),
    Case("SmoothWarp", SmoothWarp),
    Case("TPSWarp", TPSWarp),
    Case("TPSWarp of 3 by 4", lambda: TPSWarp(3, 4)),
]
COMBINED = [
    Case("photometric_geometric", photometric_geometric),
    Case("Chain", lambda: Chain(tps=TPSWarp(), inner=Chain(HSV(), Additive(init=SMALL)))),
]
MIXING = [
    Case("CutMix of pairs", CutMix, mixes=True),
    Case("CutMix of a roll", lambda: CutMix("roll"), mixes=True),
    Case("Chain with CutMix", lambda: Chain(mix=CutMix("roll"), warp=TPSWarp()), mixes=True),
]
CASES = [*PHOTOMETRIC, *GEOMETRIC, *COMBINED, *MIXING]
ON_IMAGES = [case for case in CASES if len(case.shape) == 4]
PARAMETRIC = [case for case in CASES if case.name != "Clamp"]
BALLS = [L2Ball(0.3), Box(0.3, 0.7)]


def each(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=str)


def labels(x: Tensor) -> tuple[Tensor, Tensor]:
    """A label map and a mask."""
    generator = torch.Generator().manual_seed(2)
    size = (len(x), *x.shape[2:])
    masked = torch.rand(size, generator=generator) < 0.3
    return torch.randint(-1, 5, size, generator=generator), ~masked


def test_all_are_held_to_the_laws():
    made = {type(part).__name__ for case in CASES for part in case.make().modules()}
    functions = {"photometric_geometric", "photometric_jitter"}
    bases = {"BatchPerturbation", "Geometric", "Perturbation", "Photometric"}
    regions = {"Ball", "Box", "Distribution", "L1Ball", "L2Ball", "LInfBall", "NormBall", "Normal"}
    assert made | functions | bases | regions == set(perturbations.__all__)


def test_door_is_exact_and_documented():
    public = {n for n, v in vars(perturbations).items() if not n.startswith("_") and callable(v)}
    assert perturbations.__all__ == sorted(public)
    assert all(inspect.getdoc(getattr(perturbations, name)) for name in public)


@each(CASES)
def test_default_parameters_change_nothing(case):
    x = case.x()
    torch.testing.assert_close(case.make()(x), x, atol=1e-5, rtol=1e-5)


@each(ON_IMAGES)
def test_default_parameters_leave_labels_and_masks(case):
    x = case.x()
    y, mask = labels(x)
    _, new, new_mask = case.make()(x, y, mask)
    assert torch.equal(new, y)
    assert torch.equal(new_mask, mask)


@each(PARAMETRIC)
def test_random_parameters_change_each_sample(case):
    x = case.x()
    changed = case.drawn(x)(x) - x
    assert (changed.abs().flatten(1).amax(1) > 1e-4).all()


@each(CASES)
def test_there_are_parameters_for_each_sample(case):
    for count in (2, 6):
        parameters = list(case.make().build((count, *case.shape[1:])).parameters())
        assert [len(p) for p in parameters] == [count] * len(parameters)


@each(CASES)
def test_gradients_reach_parameters_and_input(case):
    x = case.x().requires_grad_()
    model = case.drawn(x)
    weights = torch.rand(x.shape, generator=torch.Generator().manual_seed(3))
    (model(x) * weights).sum().backward()
    for tensor in (x, *model.parameters()):
        assert tensor.grad.isfinite().all()
        assert tensor.grad.any()


@each(CASES)
def test_a_sample_depends_on_its_own_parameters_only(case):
    x = case.x()
    model, other = case.drawn(x), case.drawn(x, seed=9)
    before = model(x)
    for parameter, new in zip(model.parameters(), other.parameters(), strict=True):
        parameter.data[0] = new.data[0]
    after = model(x)
    # Matrix products may add in another order.
    torch.testing.assert_close(after[1:], before[1:], atol=1e-6, rtol=1e-5)
    if case in PARAMETRIC:
        assert not torch.equal(after[0], before[0])


@each([case for case in CASES if not case.mixes])
def test_a_sample_is_changed_as_if_alone(case):
    x = case.x()
    model = case.drawn(x)
    alone = case.make().build(x[1:2])
    own = {name: value[1:2] for name, value in model.state_dict().items()}
    alone.load_state_dict(own)
    torch.testing.assert_close(alone(x[1:2]), model(x)[1:2], atol=1e-5, rtol=1e-5)


@each(PARAMETRIC)
def test_reset_makes_parameters_for_another_batch(case):
    x, fewer = case.x(), case.x(2)
    model = case.drawn(x)
    with pytest.raises(StateError, match=r"model\.reset\(x\) makes it for x"):
        model(fewer)
    torch.testing.assert_close(model.reset(fewer)(fewer), fewer, atol=1e-5, rtol=1e-5)


@each(PARAMETRIC)
def test_reset_keeps_parameters_that_fit(case):
    x = case.x()
    model = case.drawn(x)
    model(x).sum().backward()
    before = list(model.parameters())
    model.reset(case.x(seed=7))
    assert all(a is b for a, b in zip(before, model.parameters(), strict=True))
    assert all(p.grad is None for p in model.parameters())
    torch.testing.assert_close(model(x), x, atol=1e-5, rtol=1e-5)


@each(CASES)
def test_a_generator_determines_what_is_drawn(case):
    x = case.x()
    first, again, other = (case.drawn(x, seed)(x) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (case not in PARAMETRIC)


@each(CASES)
@pytest.mark.parametrize("ball", BALLS, ids=str)
def test_drawing_and_projecting_end_in_the_ball(case, ball):
    model = case.make().reset(case.x())
    drawn = copy.deepcopy(model.init_(ball))
    for a, b in zip(model.project_(ball).parameters(), drawn.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)
    far = model.init_(Normal(10.0)).project_(ball)
    twice = copy.deepcopy(far).project_(ball)
    for a, b in zip(far.parameters(), twice.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)
        assert (a.abs() < 3).all()


@each(CASES)
def test_balls_lie_about_what_changes_nothing(case):
    x = case.x()
    model = case.make().reset(x)
    centers = copy.deepcopy(model)
    for change in (lambda: model.init_(SMALL), lambda: model.init_(Normal(9)).project_(SMALL)):
        change()
        for a, b in zip(model.parameters(), centers.parameters(), strict=True):
            assert 0 < (a - b).abs().amax() <= 0.1 + 1e-6


@each(CASES)
def test_copies_and_states(case):
    x = case.x()
    model = case.drawn(x)
    out = model(x)
    assert torch.equal(copy.deepcopy(model)(x), out)
    for loaded in (case.make().build(x), case.make()):
        loaded.load_state_dict(model.state_dict())
        assert torch.equal(loaded(x), out)


@each(CASES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_other_precisions(case, dtype):
    x = case.x().to(dtype)
    out = case.drawn(x)(x)
    exact = case.drawn(x)(x.float())
    assert out.dtype == dtype
    digits = {torch.float16: 2e-3, torch.bfloat16: 2e-2, torch.float64: 1e-5}[dtype]
    if len(list(case.make().modules())) > 1:  # each part of a chain rounds what it gives
        digits *= 4
    torch.testing.assert_close(out.double(), exact.double(), atol=digits, rtol=digits)


@each(ON_IMAGES)
def test_precision_is_kept_under_autocast(case):
    x = case.x()
    model = case.drawn(x)
    with torch.autocast("cpu", torch.bfloat16):
        out = model(x)
    assert torch.equal(out, model(x))


@each(CASES)
def test_no_value_is_looked_at(case):
    """On the meta device there are none, so that on a GPU nobody waits for them."""
    x = case.x().to("meta")
    model = case.make().reset(x).init_(SMALL).project_(L1Ball(1.0)).project_(L2Ball(1.0)).init_()
    assert model(x).shape == x.shape


@each(ON_IMAGES)
def test_what_is_given_comes_back(case):
    x = case.x()
    y, mask = labels(x)
    model = case.drawn(x)
    new, new_y, new_mask = model(x, y, mask)
    assert (new.shape, new_y.shape, new_mask.shape) == (x.shape, y.shape, mask.shape)
    assert (new.dtype, new_y.dtype, new_mask.dtype) == (x.dtype, y.dtype, mask.dtype)
    assert torch.equal(model(x), new)
    assert torch.equal(model(x, y)[1], new_y)
    assert torch.equal(model(x, mask=mask)[1], new_mask)


@each([case for case in ON_IMAGES if case in PHOTOMETRIC])
def test_values_have_nothing_to_do_with_labels(case):
    x = case.x()
    y, mask = labels(x)
    _, new, new_mask = case.drawn(x)(x, y, mask)
    assert new is y
    assert new_mask is mask


@each([*GEOMETRIC, *MIXING[:2]])
def test_image_label_map_and_mask_move_together(case):
    """Each pixel has a class and a channel of its own, so that all tell where it has gone."""
    y = torch.arange(4 * 6 * 8).reshape(4, 6, 8)
    image = torch.nn.functional.one_hot(y).movedim(-1, 1).float()
    everywhere = torch.ones_like(y, dtype=torch.bool)
    model = case.drawn(image)
    new, new_y, new_mask = model(image, y, everywhere)
    assert torch.equal(new_y == -1, ~new_mask)
    # What interpolation gives most weight is the nearest; where two are as near, either may be it.
    first, second = new.topk(2, dim=1).values.unbind(1)
    clear = new_mask & (first > second + 1e-4)
    assert clear.float().mean() > 0.5 * new_mask.float().mean()
    assert torch.equal(new.argmax(1)[clear], new_y[clear])
    assert (first[~new_mask] <= 0.5 + 1e-4).all()
    torch.testing.assert_close(model(image, image)[1], new)


@each([*GEOMETRIC, *COMBINED])
def test_labels_of_samples_stay(case):
    x = case.x()
    for y in (torch.arange(4), torch.rand(4, 7)):
        assert case.drawn(x)(x, y)[1] is y


@each(CASES)
def test_repr_names_what_was_made(case):
    assert type(case.make()).__name__ in repr(case.make())


def test_repr_shows_arguments():
    assert repr(Additive("pixel", init=SMALL)) == "Additive(per='pixel', init=LInfBall(radius=0.1))"
    assert repr(TPSWarp(2, 3)) == "TPSWarp(rows=2, columns=3)"


@each([*GEOMETRIC[:1], PHOTOMETRIC[0], COMBINED[0], MIXING[0]])
def test_it_compiles_in_one_piece(case):
    x = case.x()
    model = case.drawn(x)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), model(x))
    torch._dynamo.reset()


def test_a_chain_applies_its_parts_in_order():
    x = torch.full((2, 1, 2, 2), 0.25)
    twice, half_more = Multiplicative(init=Box(2, 2)), Additive(init=Box(0.5, 0.5))
    chain = Chain(twice=twice, half_more=half_more).reset(x).init_()
    assert torch.equal(chain(x), half_more(twice(x)))
    assert not torch.equal(chain(x), twice(half_more(x)))
    assert [*dict(chain.named_parameters())] == ["twice.factor", "half_more.addend"]


def test_parameters_are_named_in_mappings():
    x = torch.rand(2, 3, 8, 8)
    model = photometric_geometric().reset(x)
    model.init_({"photometric.hue": Box(0.25, 0.25), "geometric.offset": Normal(0.1)})
    assert torch.equal(model.photometric.hue, torch.full((2, 1, 1, 1), 0.25))
    assert torch.equal(model.photometric.saturation, torch.ones(2, 1, 1, 1))
    model.project_({"photometric.hue": LInfBall(0.125)})
    assert torch.equal(model.photometric.hue, torch.full((2, 1, 1, 1), 0.125))
    assert model.geometric.offset.abs().amax() > 0


def test_an_optimizer_within_a_ball_raises_a_loss():
    torch.manual_seed(0)
    x, y = torch.rand(8, 3, 6, 6), torch.randint(0, 4, (8,))
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(108, 4))
    ball = LInfBall(8 / 255)
    attack = Chain(noise=Additive(), clamp=Clamp()).reset(x).init_({"noise.addend": ball})
    losses = []
    for _ in range(10):
        loss = torch.nn.functional.cross_entropy(net(attack(x)), y)
        (step,) = torch.autograd.grad(loss, list(attack.parameters()))
        attack.noise.addend.data += 2 / 255 * step.sign()
        attack.project_(ball)
        losses.append(loss.item())
    assert losses[-1] > losses[0]
    assert (attack(x) - x).abs().amax() <= 8 / 255 + 1e-6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Additive("pixl"), "did you mean 'pixel'"),
        (lambda: CutMix("pair"), "did you mean 'pairs'"),
        (lambda: CutMix()(torch.rand(3, 3, 4, 4)), "even number of samples, not 3"),
        (lambda: CutMix()(torch.rand(2, 3, 4, 4), torch.arange(2)), "one_hot"),
        (lambda: TPSWarp(1, 4), "2 by 2 or more, not 1 by 4"),
        (lambda: TPSWarp()(torch.rand(2, 6)), r"takes images \(N, C, H, W\), not \(2, 6\)"),
        (lambda: Warp()(torch.rand(2, 3, 4, 4), torch.zeros(2, 4, 5)), "don't fit images"),
        (lambda: Warp()(torch.rand(2, 3, 4, 4), torch.zeros(2, 4, 4).byte()), "can't hold -1"),
        (lambda: Warp().reset(torch.rand(2, 3, 4, 4)).init_(), "no distribution of its own"),
        (lambda: Chain(a=Warp()).reset(torch.rand(2, 3, 4, 4)).init_(), r"a \(Warp\) has no dist"),
        (lambda: HSV().build((2, 3, 4, 4)).init_({"hu": SMALL}), "did you mean 'hue'"),
        (lambda: HSV()(torch.rand(2, 4, 4, 4)), r"images \(N, 3, H, W\), not \(2, 4, 4, 4\)"),
        (lambda: Additive()(torch.zeros(2, 3, 4, 4).byte()), "floating point, not torch.uint8"),
        (lambda: HSV().init_(), "isn't built"),
        (lambda: Chain(torch.nn.ReLU()), "must be a Perturbation, not ReLU"),
        (lambda: Whitening(0), "eps must be above 0, not 0"),
        (lambda: SmoothWarp(0), "sigma must be above 0, not 0"),
        (lambda: Modulo(period=-1), "period must be above 0, not -1"),
        (lambda: Clamp(1, 0), "low must be at most high"),
        (lambda: Box(1, 0), "low must be at most high"),
        (lambda: L2Ball(-1), "radius must be 0 or more, not -1"),
        (lambda: Normal(-1), "std must be 0 or more, not -1"),
    ],
)
def test_errors_teach(call, message):
    with pytest.raises((ConfigError, StateError), match=message):
        call()
