"""Which values images have."""

from torch import Tensor

from labwork.core import ConfigError

__all__ = ["check_values"]

_SLACK = 1 / 255  # below what a byte can tell apart, such as from rounding


def check_values(images: Tensor) -> None:
    """Refuses floating point images that aren't in [0, 1], such as bytes that weren't divided.

    On other devices than CPUs nothing is checked, as looking at the values would wait for them.

    Raises:
        ConfigError: where a value is outside, or NaN.
    """
    if not images.is_cpu or images.numel() == 0:
        return
    low, high = (float(value) for value in images.aminmax())
    if not (low >= -_SLACK and high <= 1 + _SLACK):
        raise ConfigError(
            f"floating point images must be in [0, 1] here, and there are values from {low:.4g} to"
            f" {high:.4g}: {_remedy(low, high)}"
        )


def _remedy(low: float, high: float) -> str:
    if low >= 0 and high <= 255:
        return "divide by 255, or keep uint8"
    return "augment before they are standardized, or clamp them"
