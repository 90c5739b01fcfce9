"""Losses against torch's own, its distributions, and plain loops over the formulas."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Categorical, Normal
from torch.distributions import kl_divergence as torchs_kl
from torch.nn import functional as F

from labwork.core import ConfigError
from labwork.nn.losses import (
    Ramp,
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

N, C, H, W = 4, 5, 3, 6
seeds = st.integers(0, 2**31)
close = torch.testing.assert_close


def numbers(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape or (N, C, H, W), generator=generator, dtype=torch.float64) * 2


def labels(seed: int, least: int = -1) -> Tensor:
    return torch.randint(least, C, (N, H, W), generator=torch.Generator().manual_seed(seed))


def distribution(logits: Tensor) -> Categorical:
    return Categorical(logits=logits.movedim(1, -1))


@given(seeds)
def test_cross_entropy(seed):
    logits, label, weight = numbers(seed), labels(seed), numbers(seed, C).exp()
    for w in (None, weight):
        torchs = F.nll_loss(logits.log_softmax(1), label, w, ignore_index=-1, reduction="none")
        close(nll(logits, label, weight=w), torchs)
        close(cross_entropy(logits, label, weight=w), torchs)
        p = numbers(seed + 1).softmax(1)
        torchs = F.cross_entropy(logits, p, w, reduction="none")
        close(cross_entropy(logits, p, weight=w), torchs)
    close(nll(logits, label.clamp(0)), -distribution(logits).log_prob(label.clamp(0)))


@given(seeds)
def test_divergences_and_entropy(seed):
    q, p = numbers(seed), numbers(seed + 1)
    forward = torchs_kl(distribution(p), distribution(q))
    close(kl_divergence(q, p), forward)
    close(reverse_kl_divergence(q, p), torchs_kl(distribution(q), distribution(p)))
    torchs = F.kl_div(q.log_softmax(1), p.softmax(1), reduction="none").sum(1)
    close(kl_divergence(q, p), torchs)
    close(kl_divergence(q, p.softmax(1).log()), torchs)
    mean = distribution(((p.softmax(1) + q.softmax(1)) / 2).log())
    both = torchs_kl(distribution(p), mean) + torchs_kl(distribution(q), mean)
    close(js_divergence(q, p), both / 2)
    close(entropy(q), distribution(q).entropy())
    close(cross_entropy(q, p.softmax(1)), entropy(p) + forward)
    close(squared_distance(q, p), (q.softmax(1) - p.softmax(1)).pow(2).sum(1))


@given(seeds)
def test_js_is_symmetric_and_bounded(seed):
    q, p = numbers(seed), numbers(seed + 1)
    assert torch.equal(js_divergence(q, p), js_divergence(p, q))
    assert (js_divergence(100 * q, 100 * p) <= math.log(2) + 1e-12).all()
    assert (entropy(q) <= math.log(C) + 1e-12).all()


def test_impossible_targets_are_impossible():
    sure = torch.eye(3, dtype=torch.float64)[:2]
    q = numbers(0, 2, 3)
    close(kl_divergence(q, sure.log()), nll(q, torch.tensor([0, 1])))
    close(js_divergence(sure.log(), sure.flip(0).log()), torch.full((2,), math.log(2)).double())
    assert kl_divergence(sure.log(), sure.flip(0).log()).tolist() == [math.inf] * 2
    assert cross_entropy(sure.log(), sure).count_nonzero() == 0


@given(seeds, st.floats(0, 1))
def test_confident_is_kl_where_the_target_is_sure(seed, threshold):
    q, p = numbers(seed).requires_grad_(), numbers(seed + 1)
    loss, is_sure = confident_kl_divergence(q, p, threshold), p.softmax(1).amax(1) >= threshold
    assert torch.equal(loss, kl_divergence(q, p) * is_sure)
    loss.sum().backward()
    assert torch.equal(q.grad.abs().sum(1) > 0, is_sure)


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_threshold_is_a_probability(threshold):
    with pytest.raises(ConfigError, match="threshold must be a probability"):
        confident_kl_divergence(numbers(0), numbers(1), threshold)


def test_gradients_are_there_for_neighbours_that_round_to_0():
    logits = numbers(0).float()
    step = 1e-4 * numbers(1).float()
    nearby = (logits + step).requires_grad_()
    loss = kl_divergence(nearby, logits)
    assert (loss < 1e-6).all()
    loss.sum().backward()
    exact = (logits + step).softmax(1) - logits.softmax(1)
    assert torch.cosine_similarity(nearby.grad, exact, dim=1).min() > 0.99


def counted_miou(predicted: Tensor, label: Tensor) -> float:
    """mIoU by sets of pixels, over the classes that the label has."""
    pixels = (label.flatten() != -1).nonzero().flatten().tolist()
    predicted, label = predicted.flatten().tolist(), label.flatten().tolist()
    ious = []
    for c in sorted({label[i] for i in pixels}):
        a, b = ({i for i in pixels if x[i] == c} for x in (predicted, label))
        ious.append(len(a & b) / len(a | b))
    return sum(ious) / len(ious)


@given(seeds)
def test_soft_miou_of_sure_predictions_is_miou(seed):
    label, predicted = labels(seed), labels(seed + 1, least=0)
    logits = 1e4 * F.one_hot(predicted, C).movedim(-1, 1).double()
    expected = [1 - counted_miou(*pair) for pair in zip(predicted, label, strict=True)]
    close(soft_miou_loss(logits, label), torch.tensor(expected).double())


@given(seeds)
def test_soft_miou_is_its_formula(seed):
    logits, label = numbers(seed), labels(seed)
    q = logits.softmax(1)
    for n in range(N):
        ious = []
        for c in set(label[n].flatten().tolist()) - {-1}:
            x, y = q[n, c][label[n] != -1], (label[n] == c)[label[n] != -1].double()
            ious.append((x * y).sum() / (x + y - x * y).sum())
        close(soft_miou_loss(logits, label)[n], 1 - sum(ious) / len(ious))
    whole = labels(seed, least=0)
    one_hot = F.one_hot(whole, C).movedim(-1, 1).double()
    close(soft_miou_loss(logits, one_hot), soft_miou_loss(logits, whole))


@given(seeds)
def test_barlow_twins(seed):
    a, b = numbers(seed, 20, C), numbers(seed + 1, 20, C)
    c = torch.corrcoef(torch.cat([a, b], 1).T)[:C, C:]
    expected = sum(
        (1 - c[i, i]) ** 2 if i == j else 5e-3 * c[i, j] ** 2
        for i, j in itertools.product(range(C), repeat=2)
    )
    close(barlow_twins(a, b), expected, rtol=1e-4, atol=1e-6)
    close(barlow_twins(a * 100 + 7, b), barlow_twins(a, b), rtol=1e-4, atol=1e-6)


@given(seeds)
def test_vicreg(seed):
    a, b = numbers(seed, 20, C) / 2, numbers(seed + 1, 20, C) / 2
    total = 25 * (a - b).pow(2).mean()
    for x in (a, b):
        covariance = torch.cov(x.T)
        total += 25 * (1 - (covariance.diagonal() + 1e-4).sqrt()).clamp(min=0).mean()
        total += (covariance - covariance.diag().diag()).pow(2).sum() / C
    close(vicreg(a, b), total)


@pytest.mark.parametrize("loss", [barlow_twins, vicreg])
def test_places_are_samples(loss):
    a, b = numbers(0), numbers(1)
    flat = [x.permute(0, 2, 3, 1).reshape(-1, C) for x in (a, b)]
    close(loss(a, b), loss(*flat))
    with pytest.raises(ValueError, match=f"{loss.__name__} compares samples of a batch"):
        loss(a[:1, :, :1, :1], b[:1, :, :1, :1])
    with pytest.raises(ValueError, match=r"the second must have the shape of the first view"):
        loss(a, b[:2])
    with pytest.raises(ValueError, match=r"embeddings must have the shape \(N, D, …\)"):
        loss(a[0, 0, 0], b[0, 0, 0])


@given(seeds, st.sampled_from([0.1, 1.0, 7.0]))
def test_centroid_contrastive(seed, temperature):
    z, label = numbers(seed), labels(seed)
    label[label == 2] = -1  # a class that the batch lacks
    flat, kinds = z.permute(0, 2, 3, 1).reshape(-1, C), label.flatten()
    present = sorted(set(kinds.tolist()) - {-1})
    centroids = torch.stack([flat[kinds == k].mean(0) for k in present])
    expected = []
    for x, k in zip(flat, kinds.tolist(), strict=True):
        scores = (centroids @ x / temperature).log_softmax(0)
        expected.append(0.0 if k == -1 else -scores[present.index(k)].item())
    loss = centroid_contrastive(z, label, 9, temperature=temperature)
    close(loss.flatten(), torch.tensor(expected).double())


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan")])
def test_temperature_is_above_0(temperature):
    with pytest.raises(ConfigError, match="temperature must be above 0"):
        centroid_contrastive(numbers(0), labels(0), C, temperature=temperature)


@given(seeds)
def test_gaussians(seed):
    q, p = numbers(seed), numbers(seed + 1)
    close(unit_gaussian_kl(q, p), torchs_kl(Normal(q, 1.0), Normal(p, 1.0)).sum((1, 2, 3)))
    ladj = numbers(seed, N)
    log_prob = Normal(0.0, 1.0).log_prob(q).sum((1, 2, 3)) + ladj
    bits = -(log_prob / (C * H * W) - math.log(256)) / math.log(2)
    close(image_nll(q, ladj), bits)
    close(bits_per_dimension(log_prob, C * H * W), bits)


@pytest.mark.parametrize("bin_count", [32, 256])
def test_the_bins_of_an_image_share_one_probability(bin_count):
    x = (torch.arange(bin_count).double() + 0.5) / bin_count
    z, ladj = (x - 0.5) / 0.05, torch.full((bin_count,), -math.log(0.05)).double()
    bits = image_nll(z[:, None], ladj, bin_count=bin_count)
    close(2**-bits, torch.exp2(-bits))
    close(torch.exp2(-bits).sum(), torch.tensor(1.0).double())


def test_image_nll_wants_a_number_for_each_image():
    with pytest.raises(ValueError, match=r"ladj must have the shape \(4,\), as z, not \(\)"):
        image_nll(numbers(0), torch.tensor(0.0))
    with pytest.raises(ConfigError, match="must be 1 or more, not 0 and 256"):
        bits_per_dimension(numbers(0, N), 0)


@given(seeds)
def test_colors(seed):
    a, b = numbers(seed), numbers(seed + 1)
    mean_over = (1, 2, 3)
    close(color_l1(a, b), F.l1_loss(a, b, reduction="none").mean(mean_over))
    close(color_l2(a, b), F.mse_loss(a, b, reduction="none").mean(mean_over))
    x, y = ((t[..., 1:] - t[..., :-1]).abs() for t in (a, b))
    u, v = ((t[..., 1:, :] - t[..., :-1, :]).abs() for t in (a, b))
    expected = (x - y).abs().mean(mean_over) + (u - v).abs().mean(mean_over)
    close(color_gradient(a, b), expected)
    close(color_gradient(a, 3 - a), torch.zeros(N).double())


@pytest.mark.parametrize("shape", [(2, 3, 1, 5), (2, 3, 5, 1), (3, 5, 5)])
def test_edges_need_neighbours(shape):
    with pytest.raises(ValueError, match=r"images must be \(N, C, H, W\), H and W ≥ 2, not"):
        color_gradient(numbers(0, *shape), numbers(1, *shape))


@given(st.integers(0, 50), st.integers(1, 50), st.floats(-5, 5), st.floats(-5, 5))
def test_ramp_is_linear_between_its_ends(start, length, low, high):
    ramp = Ramp(start, start + length, low, high)
    for step in range(start + length + 20):
        share = min(max(step - start, 0), length) / length
        assert ramp(step) == pytest.approx(low + share * (high - low))


def test_total_is_the_weighted_sum():
    losses = {"a": numbers(0, N).requires_grad_(), "b": numbers(1, N)}
    weights = {"a": Ramp(10, 20, 0, 2), "b": 0.5}
    for step, factor in ((0, 0), (15, 1), (99, 2)):
        total = weighted_total(losses, weights, step)
        close(total, factor * losses["a"] + 0.5 * losses["b"])
    assert weights == {"a": Ramp(10, 20, 0, 2), "b": 0.5}
    total.sum().backward()
    assert losses["a"].grad.tolist() == [2] * N


@pytest.mark.parametrize(
    ("losses", "weights", "message"),
    [
        ({"color_l1": 1.0}, {"colour_l1": 1}, "unknown loss 'colour_l1'.*mean 'color_l1'"),
        ({"a": 1.0, "b": 1.0}, {"a": 1}, r"each loss must have a weight.*without: \['b'\]"),
        ({}, {}, "there must be one"),
    ],
)
def test_losses_and_weights_agree(losses, weights, message):
    with pytest.raises(ConfigError, match=message):
        weighted_total({k: torch.tensor(v) for k, v in losses.items()}, weights)


def test_a_ramp_ends_after_its_start():
    with pytest.raises(ConfigError, match="end_step must be after start_step"):
        Ramp(5, 5)
