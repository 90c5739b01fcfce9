"""Perturbations against other people's programs and against what papers say."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from labwork.nn.perturbations import (
    HSV,
    Additive,
    Bleaching,
    Box,
    Contrast,
    CutMix,
    Gamma,
    Modulo,
    Normal,
    Saturation,
    SmoothWarp,
    TPSWarp,
    Warp,
    Whitening,
)


def images(count: int = 2, height: int = 10, width: int = 14, channels: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(count, channels, height, width, generator=generator, dtype=torch.float64)


def warped_by(flow: tuple[int, int], x: Tensor, y: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
    model = Warp().reset(x)
    model.displacement.data.copy_(torch.tensor(flow).reshape(2, 1, 1))
    return model(x, y, mask)


@given(st.integers(-12, 12), st.integers(-16, 16))
def test_a_whole_number_of_pixels_is_a_shift_with_padding(down, right):
    x = images()
    y = torch.arange(x[:, 0].numel()).reshape(x[:, 0].shape)
    mask = torch.ones_like(y, dtype=torch.bool)
    shifts, dims = (down, right), (-2, -1)
    rows, columns = torch.arange(10) - down, torch.arange(14) - right
    inside = ((rows >= 0) & (rows < 10))[:, None] & (columns >= 0) & (columns < 14)
    new, new_y, new_mask = warped_by((-right, -down), x, y, mask)
    expected = x.roll(shifts, dims) * inside
    torch.testing.assert_close(new.detach(), expected, atol=1e-5, rtol=0)
    assert torch.equal(new_y, y.roll(shifts, dims).where(inside, -1))
    assert torch.equal(new_mask, inside.expand_as(mask))


def test_warps_are_opencvs():
    cv2 = pytest.importorskip("cv2")
    x = images(1).float()
    model = Warp(init=Normal(3)).reset(x).init_(generator=torch.Generator().manual_seed(1))
    columns, rows = np.meshgrid(np.arange(14.0), np.arange(10.0))
    dx, dy = model.displacement[0].detach().numpy()
    places = [(columns + dx).astype(np.float32), (rows + dy).astype(np.float32)]
    source = np.ascontiguousarray(x[0].permute(1, 2, 0).numpy())
    theirs = cv2.remap(source, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    ours = model(x)[0].detach().permute(1, 2, 0).numpy()
    np.testing.assert_allclose(ours, theirs, atol=0.05)  # it has 32 steps between two pixels


def tps(rows: int, columns: int, x: Tensor) -> TPSWarp:
    model = TPSWarp(rows, columns).double().reset(x)
    return model.init_(generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("size", [(2, 2), (3, 4), (5, 2)])
def test_tps_interpolates_its_control_points(size):
    """Each control point is in the middle of a pixel, where the flow is its offset."""
    x = images(2, 3 * size[0], 5 * size[1])
    model = tps(*size, x)
    half_size = torch.tensor([x.shape[3] / 2, x.shape[2] / 2]).reshape(2, 1, 1)
    at_points = model.flow(x)[:, :, 1::3, 2::5]
    torch.testing.assert_close(at_points, model.offset * half_size, atol=1e-9, rtol=0)


@pytest.mark.parametrize("size", [(2, 2), (3, 4)])
def test_tps_is_scipys(size):
    interpolate = pytest.importorskip("scipy.interpolate")
    x = images(2)
    model = tps(*size, x)

    def centres(rows: int, columns: int) -> np.ndarray:
        y, x = (2 * np.indices((rows, columns)) + 1) / np.array([[[rows]], [[columns]]]) - 1
        return np.stack([x.ravel(), y.ravel()], axis=1)

    for flow, offset in zip(model.flow(x).detach(), model.offset.detach(), strict=True):
        spline = interpolate.RBFInterpolator(
            centres(*size), offset.flatten(1).T, kernel="thin_plate_spline", degree=1
        )
        theirs = spline(centres(10, 14)).T.reshape(2, 10, 14) * np.array([7, 5]).reshape(2, 1, 1)
        np.testing.assert_allclose(flow, theirs, atol=1e-9)


def test_tps_bends_nothing_where_offsets_are_affine():
    """Bookstein: affine maps have no bending energy, so the spline is the map itself."""
    x = images(1)
    model = tps(3, 3, x)
    model.offset.data[:, 0], model.offset.data[:, 1] = 0.2, -0.1
    shift = torch.tensor([0.2 * 7, -0.1 * 5], dtype=torch.float64).reshape(1, 2, 1, 1)
    torch.testing.assert_close(model.flow(x), shift.expand(1, 2, 10, 14), atol=1e-9, rtol=0)


def test_smoothing_keeps_what_is_smooth():
    x = images(1, 32, 40)
    model = SmoothWarp(sigma=2).double().reset(x)
    model.displacement.data.fill_(3)
    torch.testing.assert_close(model.flow(x), torch.full_like(model.displacement, 3))
    ramp = torch.arange(40, dtype=torch.float64).expand(1, 2, 32, 40)
    model.displacement.data.copy_(ramp)
    torch.testing.assert_close(model.flow(x)[..., 6:-6], ramp[..., 6:-6])


def test_smoothing_is_scipys():
    ndimage = pytest.importorskip("scipy.ndimage")
    x = images(1, 16, 20)
    model = SmoothWarp(sigma=1.5).double().reset(x).init_()
    theirs = ndimage.gaussian_filter(
        model.displacement[0].detach().numpy(), (0, 1.5, 1.5), mode="nearest", radius=(0, 5, 5)
    )
    np.testing.assert_allclose(model.flow(x)[0].detach().numpy(), theirs, atol=1e-9)


@pytest.mark.parametrize(
    ("model", "name", "argument"),
    [
        (Contrast(init=Box(0.6, 0.6)), "adjust_contrast", 0.6),
        (Saturation(init=Box(0.3, 0.3)), "adjust_saturation", 0.3),
        (Gamma(init=Box(1.7, 1.7)), "adjust_gamma", 1.7),
        (HSV(init={"hue": Box(0.2, 0.2)}), "adjust_hue", 0.2),
        (HSV(init={"hue": Box(-0.4, -0.4)}), "adjust_hue", -0.4),
        (HSV(init={"value": Box(0.5, 0.5)}), "adjust_brightness", 0.5),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_colors_are_torchvisions(model, name, argument, torchvision):
    functional = torchvision.transforms.v2.functional
    x = images().float()
    theirs = getattr(functional, name)(x, argument)
    # Its grey is 0.2989 R + 0.587 G + 0.114 B.
    torch.testing.assert_close(model.reset(x).init_()(x).detach(), theirs, atol=2e-4, rtol=0)


def test_saturation_and_brightness_of_hsv():
    """The definitions: S = chroma / V; brightness is added before V is multiplied."""
    x = images().float().clamp(0.1, 0.9)
    model = HSV(init={"saturation": Box(0.5, 0.5), "brightness": Box(0.05, 0.05)})
    new = model.reset(x).init_({"value": Box(0.8, 0.8), **model.init})(x).detach()
    value, new_value = x.amax(1), new.amax(1)
    torch.testing.assert_close(new_value, 0.8 * (value + 0.05))
    saturations = [1 - image.amin(1) / image.amax(1) for image in (x, new)]
    torch.testing.assert_close(saturations[1], 0.5 * saturations[0])


@given(st.floats(-3, 3), st.sampled_from([1.0, 0.5, 6.28]))
def test_modulo_wraps(addend, period):
    x = images().float()
    model = Modulo("sample", period=period, init=Box(addend, addend)).reset(x).init_()
    new = model(x).detach()
    assert ((new >= 0) & (new < period)).all()
    turns = (x + addend - new) / period
    torch.testing.assert_close(turns, turns.round(), atol=1e-4, rtol=0)


def test_modulo_never_reaches_its_period():
    x = torch.tensor([[1e-9], [0.0]])
    new = Modulo(init=Box(-1e-8, -1e-8)).reset(x).init_()(x)  # 1 - 1e-8 is rounded to 1
    assert torch.equal(new, torch.zeros(2, 1))


def test_whitening_is_zca():
    """Kessy et al., table 1: Σ^(-1/2), by eigenvectors."""
    x = images(3, 20, 20) + images(3, 20, 20, channels=1)
    model = Whitening(eps=1e-6, init=Box(1, 1)).double().reset(x).init_()
    for image, new in zip(x, model(x).detach(), strict=True):
        covariance = image.flatten(1).cov(correction=0) + 1e-6 * torch.eye(3)
        values, vectors = torch.linalg.eigh(covariance)
        root = vectors @ torch.diag(values.rsqrt()) @ vectors.T
        mean = image.mean((1, 2), keepdim=True)
        white = (root @ (image - mean).flatten(1)).reshape(image.shape)
        torch.testing.assert_close(new, mean + values.mean().sqrt() * white)


def test_whitening_is_finite_for_one_color():
    x = torch.full((2, 3, 8, 8), 0.4, requires_grad=True)
    new = Whitening(init=Box(1, 1)).reset(x).init_()(x)
    new.square().sum().backward()
    torch.testing.assert_close(new, x)
    assert x.grad.isfinite().all()


def test_gamma_is_finite_at_black():
    x = torch.zeros(2, 1, 2, 2, requires_grad=True)
    model = Gamma(init=Box(0.5, 0.5)).reset(x).init_()
    model(x).sum().backward()
    assert not model(x).any()
    assert x.grad.isfinite().all()
    assert model.gamma.grad.isfinite().all()


def test_bleaching_ends_in_white():
    x = images()
    assert torch.equal(Bleaching(init=Box(1, 1)).reset(x).init_()(x), torch.ones_like(x))


def rectangle(model: CutMix, left: float, top: float, right: float, bottom: float) -> None:
    """Sets all rectangles, in pixels of an image of 8 × 16."""
    model.center.data.copy_(torch.tensor([(left + right) / 32, (top + bottom) / 16]))
    model.size.data.copy_(torch.tensor([(right - left) / 16, (bottom - top) / 8]))


@pytest.mark.parametrize(("partners", "order"), [("pairs", [1, 0, 3, 2]), ("roll", [3, 0, 1, 2])])
def test_cutmix_moves_labels_with_patches(partners, order):
    """Yun et al., equation 1: M x + (1 - M) x', and the labels by the share of the area."""
    x = images(4, 8, 16)
    y = torch.arange(x[:, 0].numel()).reshape(x[:, 0].shape)
    mask, classes = y % 3 != 0, torch.eye(4, dtype=torch.float64)
    model = CutMix(partners).double().reset(x)
    rectangle(model, 4, 2, 14, 8)
    expected = [values.clone() for values in (x, y, mask)]
    for new, old in zip(expected, (x, y, mask), strict=True):
        new[..., 2:8, 4:14] = old[order][..., 2:8, 4:14]
    for new, wanted in zip(model(x, y, mask), expected, strict=True):
        torch.testing.assert_close(new.detach(), wanted)
    share = 60 / 128
    torch.testing.assert_close(
        model(x, classes)[1].detach(), (1 - share) * classes + share * classes[order]
    )


def test_cutmix_covers_parts_of_pixels():
    x = images(2, 8, 16)
    model = CutMix().double().reset(x)
    rectangle(model, 3.25, -5, 4.5, 1)
    covered = torch.zeros(2, 8, 16, dtype=torch.float64)
    covered[:, 0, 3], covered[:, 0, 4] = 0.75, 0.5
    torch.testing.assert_close(model.covered(x).detach(), covered)


def test_cutmix_draws_areas_uniformly():
    x = torch.empty(4000, 1, 2, 2)
    model = CutMix().reset(x).init_(generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.size[:, 0], model.size[:, 1])
    areas = model.size.prod(1).sort().values
    assert (areas - torch.linspace(0, 1, 4000)).abs().max() < 1.95 / 4000**0.5


def test_maps_of_other_kinds_move_with_the_image():
    x = images()
    model = Warp(init=Normal(2)).double().reset(x).init_()
    depth = x[:, 0]
    torch.testing.assert_close(model(x, depth)[1], model(x)[:, 0])
    assert torch.equal(model(x, x, mask=x[:, 0] > 0.5)[1], model(x))


def test_noise_is_added_as_it_is():
    x = images().float()
    model = Additive(init=Normal(1)).reset(x).init_()
    assert torch.equal(model(x), x + model.addend)
