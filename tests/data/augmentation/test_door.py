"""The door holds what it says, sorted and documented."""

import inspect

from labwork.data import augmentation


def test_door_is_exact_and_documented():
    public = {n for n, v in vars(augmentation).items() if not n.startswith("_") and callable(v)}
    assert augmentation.__all__ == sorted(public)
    assert all(inspect.getdoc(getattr(augmentation, name)) for name in public)
