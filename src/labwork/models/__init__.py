"""Networks by name, each in a file of its own."""

from labwork.models._small_image_classifier import SmallImageClassifier

__all__ = ["SmallImageClassifier"]
