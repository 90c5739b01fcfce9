"""Laws that every loss keeps; a new one joins a list."""

import inspect
import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from labwork.nn import losses
from labwork.nn.losses import (
    PerceptualLoss,
    barlow_twins,
    bits_per_dimension,
    centroid_contrastive,
    color_gradient,
    color_l1,
    color_l2,
    confident_kl_divergence,
    cross_entropy,
    entropy,
    image_nll,
    js_divergence,
    kl_divergence,
    nll,
    reverse_kl_divergence,
    soft_miou_loss,
    squared_distance,
    unit_gaussian_kl,
    vicreg,
    weighted_total,
)

CLASSES = 5
Make = Callable[[torch.Generator, tuple[int, ...]], Tensor]


def numbers(generator: torch.Generator, shape: tuple[int, ...]) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def labels(generator: torch.Generator, shape: tuple[int, ...]) -> Tensor:
    return torch.randint(-1, CLASSES, (*shape[:1], *shape[2:]), generator=generator)


def probabilities(generator: torch.Generator, shape: tuple[int, ...]) -> Tensor:
    return numbers(generator, shape).mul(3).softmax(1)


def volume(generator: torch.Generator, shape: tuple[int, ...]) -> Tensor:
    return numbers(generator, shape[:1])


DIVERGENCES = {
    "kl_divergence": (kl_divergence, numbers),
    "reverse_kl_divergence": (reverse_kl_divergence, numbers),
    "js_divergence": (js_divergence, numbers),
    "squared_distance": (squared_distance, numbers),
}
LABELLED = {
    "nll": (nll, labels),
    "cross_entropy": (cross_entropy, labels),
    "soft_miou_loss": (soft_miou_loss, labels),
    "centroid_contrastive": (partial(centroid_contrastive, class_count=CLASSES), labels),
}
BY_PLACE = DIVERGENCES | {
    "nll": (nll, labels),
    "cross_entropy": (cross_entropy, labels),
    "cross_entropy with probabilities": (cross_entropy, probabilities),
    "confident_kl_divergence": (partial(confident_kl_divergence, threshold=0.4), numbers),
    "entropy": (entropy, None),
}
BY_IMAGE = {
    "soft_miou_loss": (soft_miou_loss, labels),
    "soft_miou_loss with probabilities": (soft_miou_loss, probabilities),
    "color_l1": (color_l1, numbers),
    "color_l2": (color_l2, numbers),
    "color_gradient": (color_gradient, numbers),
    "unit_gaussian_kl": (unit_gaussian_kl, numbers),
    "image_nll": (image_nll, volume),
}
BY_BATCH = {
    "barlow_twins": (barlow_twins, numbers),
    "vicreg": (vicreg, numbers),
    "centroid_contrastive": LABELLED["centroid_contrastive"],
}
ALL = BY_PLACE | BY_IMAGE | BY_BATCH
# What is no function of two tensors has tests of its own.
OTHERS = {"PerceptualLoss", "Ramp", "weighted_total", "bits_per_dimension"}

images = st.tuples(st.integers(2, 4), st.just(CLASSES), st.integers(2, 4), st.integers(2, 4))
shapes = st.one_of(st.tuples(st.integers(2, 4), st.just(CLASSES)), images)
seeds = st.integers(0, 2**31)
sizes = st.sampled_from([1e-4, 1.0, 30.0, 1e3, 1e4])


def arguments(
    make: Make | None, shape: tuple[int, ...], seed: int, size: float = 1
) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    first = numbers(generator, shape) * size
    second = [] if make is None else [make(generator, shape)]
    return [first, *(x * size if make is numbers else x for x in second)]


def leaves(tensors: list[Tensor], dtype: torch.dtype) -> list[Tensor]:
    """The arguments in a precision, those that have one ready for a gradient."""
    return [
        x.clamp(-1e4, 1e4).to(dtype).requires_grad_() if x.is_floating_point() else x
        for x in tensors
    ]


def each(kinds: dict) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("loss", "make"), kinds.values(), ids=kinds)


def fits(loss: object, shape: tuple[int, ...]) -> bool:
    return len(shape) == 4 or loss is not color_gradient


def test_all_are_held_to_the_laws():
    assert {name.partition(" ")[0] for name in ALL} | OTHERS == set(losses.__all__)


def test_door_is_exact_and_documented():
    public = {n for n, v in vars(losses).items() if not n.startswith("_") and callable(v)}
    assert losses.__all__ == sorted(public)
    assert all(inspect.getdoc(getattr(losses, name)) for name in public)


@each(BY_PLACE)
@given(shapes, seeds)
def test_there_is_a_number_for_each_place(loss, make, shape, seed):
    given_ = arguments(make, shape, seed)
    out = loss(*given_)
    assert out.shape == (shape[0], *shape[2:])
    alone = [loss(*(x[i : i + 1] for x in given_)) for i in range(shape[0])]
    torch.testing.assert_close(out, torch.cat(alone))
    if len(shape) == 4:
        torch.testing.assert_close(out[..., 1:2, :1], loss(*(x[..., 1:2, :1] for x in given_)))


@each(BY_IMAGE)
@given(shapes, seeds)
def test_there_is_a_number_for_each_image(loss, make, shape, seed):
    if not fits(loss, shape):
        return
    given_ = arguments(make, shape, seed)
    out = loss(*given_)
    assert out.shape == shape[:1]
    torch.testing.assert_close(out[1:2], loss(*(x[1:2] for x in given_)))


@each(BY_BATCH)
@given(shapes, seeds)
def test_the_order_of_a_batch_means_nothing(loss, make, shape, seed):
    given_ = arguments(make, shape, seed)
    out, turned = loss(*given_), loss(*(x.flip(0) for x in given_))
    torch.testing.assert_close(out, turned.flip(0) if out.ndim else turned)


@each(ALL)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@settings(max_examples=25)
@given(shapes, seeds, sizes)
def test_values_and_gradients_are_finite(loss, make, dtype, shape, seed, size):
    if not fits(loss, shape):
        return
    if loss is vicreg and dtype == torch.float16:
        size = min(size, 1.0)  # of larger embeddings float16 can't hold the gradient itself
    given_ = leaves(arguments(make, shape, seed, size), dtype)
    out = loss(*given_)
    assert out.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert out.isfinite().all()
    out.sum().backward()
    gradients = [x.grad for x in given_ if x.requires_grad]
    assert all(g is not None and g.isfinite().all() for g in gradients)


@each(ALL)
@given(images, seeds)
def test_autocast_takes_no_precision_away(loss, make, shape, seed):
    given_ = [x.float() if x.is_floating_point() else x for x in arguments(make, shape, seed)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = loss(*given_)
    assert torch.equal(out, loss(*given_))


@each({name: kind for name, kind in ALL.items() if name != "confident_kl_divergence"})
def test_gradients_are_those_of_the_values(loss, make):
    given_ = leaves(arguments(make, (3, CLASSES, 2, 3), seed=0), torch.float64)
    assert torch.autograd.gradcheck(loss, given_)


@each(ALL)
def test_losses_are_compiled_whole(loss, make):
    compiled = torch.compile(loss, backend="eager", fullgraph=True)
    for seed in range(2):
        given_ = arguments(make, (3, CLASSES, 2, 3), seed)
        torch.testing.assert_close(compiled(*given_), loss(*given_))


@each(LABELLED)
@given(shapes, seeds, sizes)
def test_what_is_ignored_has_no_part(loss, make, shape, seed, size):
    given_ = arguments(make, shape, seed, size)
    logits, label = leaves(given_, torch.float32)
    ignored = (label == -1).unsqueeze(1).expand(shape)
    out = loss(logits, label)
    out.sum().backward()
    assert logits.grad[ignored].count_nonzero() == 0
    if out.shape == label.shape:
        assert out[label == -1].count_nonzero() == 0
    others = torch.where(ignored, 7 - 2 * logits, logits)
    assert torch.equal(loss(others, label), out)
    renamed = torch.where(label == -1, 255, label)
    assert torch.equal(loss(logits, renamed, ignore_index=255), out)
    nothing = loss(logits, torch.full_like(label, -1))
    assert nothing.count_nonzero() == 0
    (gradient,) = torch.autograd.grad(nothing.sum(), logits)
    assert gradient.count_nonzero() == 0


@each(LABELLED)
def test_labels_of_any_integers_will_do(loss, make):
    logits, label = arguments(make, (3, CLASSES, 2, 3), seed=0)
    for dtype in (torch.int8, torch.int16, torch.int32):
        assert torch.equal(loss(logits, label.to(dtype)), loss(logits, label))


@each(DIVERGENCES)
@given(shapes, seeds, sizes)
def test_divergences_are_0_for_equals_and_above_for_others(loss, make, shape, seed, size):
    logits, other = (x.float() for x in arguments(make, shape, seed, size))
    assert loss(logits, logits).count_nonzero() == 0
    values = loss(logits, other)
    assert (values >= 0).all()
    differ = (logits.softmax(1) - other.softmax(1)).abs().amax(1) > 2e-3
    assert (values[differ] > 0).all()
    nearby = logits + 1e-6 * torch.sign(other)
    assert (loss(logits, nearby) >= 0).all()


@each(DIVERGENCES | {"entropy": (entropy, None)})
@given(shapes, seeds, sizes)
def test_logits_have_no_origin(loss, make, shape, seed, size):
    given_ = arguments(make, shape, seed, size)
    torch.testing.assert_close(
        loss(*(x + 100 for x in given_)), loss(*given_), atol=1e-9, rtol=1e-6
    )


@each(DIVERGENCES | {"entropy": (entropy, None)})
@given(shapes, seeds)
def test_impossible_classes_count_for_nothing(loss, make, shape, seed):
    given_ = arguments(make, shape, seed)
    never = torch.full((shape[0], 2, *shape[2:]), -torch.inf)
    more = [torch.cat([x, never], 1).requires_grad_() for x in given_]
    out = loss(*more)
    torch.testing.assert_close(out, loss(*given_))
    out.sum().backward()
    assert all(x.grad.isfinite().all() for x in more)


@each(DIVERGENCES)
def test_shapes_must_agree(loss, make):
    name = loss.__name__
    message = rf"{name}: target_logits must have the shape of logits, \(2, 3\), not \(2, 4\)"
    with pytest.raises(ValueError, match=message):
        loss(torch.zeros(2, 3), torch.zeros(2, 4))


@each(ALL)
@pytest.mark.parametrize("shape", [(), (4,)])
def test_too_few_dimensions_are_told_in_a_line(loss, make, shape):
    second = torch.zeros(shape, dtype=torch.long if make is labels else None)
    with pytest.raises(ValueError, match=r" must .*\(N, [CD], .*\),.* not \(") as caught:
        loss(torch.zeros(shape), *([] if make is None else [second]))
    assert str(tuple(shape)) in str(caught.value)
    assert "\n" not in str(caught.value)


@each({name: kind for name, kind in ALL.items() if kind[1] is not None})
@given(st.tuples(shapes, shapes), seeds)
def test_shapes_that_differ_are_told_in_a_line(loss, make, both, seed):
    first, second = arguments(make, both[0], seed)[0], arguments(make, both[1], seed)[1]
    if second.shape == arguments(make, both[0], seed)[1].shape:
        return
    with pytest.raises(ValueError, match=r"must .* not \(") as caught:
        loss(first, second)
    assert "\n" not in str(caught.value)


def test_images_and_losses_that_do_not_fit_are_told_in_a_line():
    loss = PerceptualLoss(torch.nn.Conv2d(3, 4, 1))
    with pytest.raises(
        ValueError, match=r"PerceptualLoss: image must .*, H, W\), not \(3, 4, 4\)$"
    ):
        loss(torch.zeros(3, 4, 4), torch.zeros(3, 4, 4))
    losses = {"a": torch.zeros(4), "b": torch.zeros(4, 1)}
    with pytest.raises(ValueError, match=r"b must have the shape of a, \(4,\), not \(4, 1\)$"):
        weighted_total(losses, {"a": 1.0, "b": 1.0})


@each(LABELLED)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.complex64])
def test_labels_are_whole_numbers(loss, make, dtype):
    logits, label = torch.zeros(2, CLASSES, 3, 3), torch.zeros(2, 3, 3, dtype=dtype)
    with pytest.raises(ValueError, match=r"class indices .*whole numbers") as caught:
        loss(logits, label)
    assert "\n" not in str(caught.value)


@each(LABELLED)
def test_labels_must_fit(loss, make):
    logits = torch.zeros(2, CLASSES, 4, 4)
    with pytest.raises(ValueError, match=r"class indices for .* must have the shape \(2, 4, 4\)"):
        loss(logits, torch.zeros(2, 8, 8, dtype=torch.long))
    with pytest.raises(ValueError, match="a label is neither one of the 5 classes, 0 to 4, nor ig"):
        loss(logits, torch.full((2, 4, 4), 255))


def test_bits_per_dimension_is_finite_in_half_precision():
    log_prob = torch.tensor([-6e4, 6e4], dtype=torch.float16, requires_grad=True)
    bits = bits_per_dimension(log_prob, 3)
    bits.sum().backward()
    assert bits.isfinite().all()
    assert log_prob.grad.isfinite().all()


@each({name: DIVERGENCES[name] for name in ("kl_divergence", "reverse_kl_divergence")})
@pytest.mark.parametrize("first", [False, True])
def test_gradients_are_finite_where_the_divergence_is_infinite(loss, make, first):
    never = torch.tensor([[0.0, 1.0, -torch.inf]], requires_grad=True)
    always = torch.zeros(1, 3, requires_grad=True)
    loss(*((never, always) if first else (always, never))).sum().backward()
    assert never.grad.isfinite().all()
    assert always.grad.isfinite().all()


def test_gradient_of_probabilities_is_finite_where_the_cross_entropy_is_infinite():
    target = torch.zeros(1, 3, requires_grad=True)
    loss = cross_entropy(torch.tensor([[0.0, 1.0, -torch.inf]]), target.softmax(1))
    loss.sum().backward()
    assert loss.isposinf().all()
    assert target.grad.isfinite().all()


@pytest.mark.parametrize("loss", [nll, cross_entropy])
def test_weights_of_any_precision_will_do(loss):
    logits, label = torch.zeros(2, 3).half(), torch.tensor([0, 1])
    weight = torch.tensor([1.0, 2.0, 3.0])
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        torch.testing.assert_close(
            loss(logits, label, weight=weight.to(dtype)), weight[:2] * math.log(3)
        )


@pytest.mark.parametrize(
    ("loss", "make"), [(nll, labels), *((cross_entropy, m) for m in (labels, probabilities))]
)
@pytest.mark.parametrize("shape", [(1,), (), (CLASSES, 1), (CLASSES + 1,)])
def test_there_is_a_weight_for_each_class(loss, make, shape):
    given_ = arguments(make, (2, CLASSES), seed=0)
    with pytest.raises(ValueError, match=r"weight for \(2, 5\) must have the shape \(5,\)"):
        loss(*given_, weight=torch.ones(shape))
