"""Checks of shapes: one clear line each."""

from __future__ import annotations

from torch import Tensor

__all__ = [
    "check_labels",
    "check_layout",
    "check_logits",
    "check_probabilities",
    "check_same_shape",
    "check_views",
    "check_weight",
]


def check_layout(loss: str, name: str, x: Tensor, layout: str) -> None:
    """Makes sure that an argument has as many dimensions as ``layout``, such as ``(N, C, …)``.

    Raises:
        ValueError: where it has fewer, or more without an ellipsis.
    """
    letters = layout.strip("()").split(", ")
    is_open = letters[-1] == "…"
    least = len(letters) - is_open
    if x.ndim < least or (x.ndim > least and not is_open):
        raise ValueError(f"{loss}: {name} must have the shape {layout}, not {tuple(x.shape)}")


def check_logits(loss: str, logits: Tensor, target_logits: Tensor) -> None:
    """Makes sure that two arguments are logits of one shape, (N, C, …).

    Raises:
        ValueError: where they aren't.
    """
    check_layout(loss, "logits", logits, "(N, C, …)")
    check_same_shape(loss, "logits", logits, "target_logits", target_logits)


def check_same_shape(loss: str, first: str, a: Tensor, second: str, b: Tensor) -> None:
    """Makes sure that two arguments have one shape.

    Raises:
        ValueError: where they don't.
    """
    if a.shape != b.shape:
        raise ValueError(
            f"{loss}: {second} must have the shape of {first}, {tuple(a.shape)},"
            f" not {tuple(b.shape)}"
        )


def check_labels(loss: str, x: Tensor, label: Tensor) -> None:
    """Makes sure that there is a class index for each place of ``x``, (N, C, …).

    Raises:
        ValueError: where it is otherwise.
    """
    check_layout(loss, "the first argument", x, "(N, C, …)")
    expected = (*x.shape[:1], *x.shape[2:])
    if label.shape != expected:
        raise ValueError(
            f"{loss}: class indices for {tuple(x.shape)} must have the shape {expected},"
            f" not {tuple(label.shape)}"
        )
    if label.is_floating_point() or label.is_complex():
        raise ValueError(f"{loss}: class indices must be whole numbers, not {label.dtype}")


def check_probabilities(loss: str, logits: Tensor, target: Tensor) -> None:
    """Makes sure that there is a probability for each of the logits, (N, C, …).

    Raises:
        ValueError: where it is otherwise.
    """
    check_layout(loss, "logits", logits, "(N, C, …)")
    if target.shape != logits.shape:
        raise ValueError(
            f"{loss}: probabilities must have the shape of logits, {tuple(logits.shape)}, not"
            f" {tuple(target.shape)}; class indices would be whole numbers, not {target.dtype}"
        )


def check_views(loss: str, a: Tensor, b: Tensor) -> None:
    """Makes sure that these are embeddings of two views of at least two samples.

    Raises:
        ValueError: where they aren't.
    """
    check_same_shape(loss, "the first view", a, "the second", b)
    check_layout(loss, "embeddings", a, "(N, D, …)")
    if a.numel() < 2 * a.shape[1]:
        raise ValueError(f"{loss} compares samples of a batch, so it needs two or more, not 1")


def check_weight(loss: str, x: Tensor, weight: Tensor) -> None:
    """Makes sure that there is a factor for each class of ``x``, (N, C, …).

    Raises:
        ValueError: where it is otherwise.
    """
    if weight.shape != x.shape[1:2]:
        raise ValueError(
            f"{loss}: weight for {tuple(x.shape)} must have the shape {tuple(x.shape[1:2])}, a"
            f" factor for each class, not {tuple(weight.shape)}"
        )
