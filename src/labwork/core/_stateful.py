"""State: what an object needs to go on exactly, whatever it calls the two methods."""

from typing import Any, Protocol, runtime_checkable

__all__ = ["Stateful", "get_state", "is_stateful", "set_state"]

_PAIRS = (
    ("state_dict", "load_state_dict"),  # modules, optimizers, schedulers, nodes
    ("get_state", "set_state"),  # torch.Generator, numpy.random.RandomState
    ("getstate", "setstate"),  # random.Random
)


@runtime_checkable
class Stateful(Protocol):
    """An object whose state can be taken and put back.

    Modules, optimizers and schedulers of PyTorch are stateful as they are, and so is every
    ``Node``. Random generators (``torch.Generator``, ``random.Random``,
    ``numpy.random.Generator``) fit too, by their own names for the two methods.
    """

    def state_dict(self) -> dict[str, Any]:
        """The state, made of numbers, strings, tensors, lists and dicts."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Puts ``state_dict`` in place of the present state."""
        ...


def is_stateful(value: object) -> bool:
    """Whether ``get_state`` and ``set_state`` can be used on ``value``.

    >>> import random
    >>> is_stateful(random.Random(0)), is_stateful(3), is_stateful(dict)
    (True, False, False)
    """
    if isinstance(value, type):
        return False
    return _pair(value) is not None or _bit_generator(value) is not None


def get_state(value: object) -> Any:
    """The state of ``value``, in its own form.

    >>> import random
    >>> generator = random.Random(0)
    >>> state = get_state(generator)
    >>> first = generator.random()
    >>> set_state(generator, state)
    >>> generator.random() == first
    True
    """
    pair = _pair(value)
    if pair is not None:
        state = getattr(value, pair[0])()
        return _without_arrays(state) if pair[0] != "state_dict" else state
    bit_generator = _bit_generator(value)
    if bit_generator is None:
        raise TypeError(f"{type(value).__name__} has no state: it defines no state_dict()")
    return _without_arrays(bit_generator.state)


def set_state(value: object, state: Any) -> None:
    """Puts ``state``, as ``get_state`` gave it, back into ``value``."""
    pair = _pair(value)
    if pair is not None:
        getattr(value, pair[1])(state)
        return
    bit_generator = _bit_generator(value)
    if bit_generator is None:
        raise TypeError(f"{type(value).__name__} has no state: it defines no load_state_dict()")
    bit_generator.state = state


def _pair(value: object) -> tuple[str, str] | None:
    return next((pair for pair in _PAIRS if all(hasattr(value, name) for name in pair)), None)


def _without_arrays(state: Any) -> Any:
    """The state of a generator of NumPy's, with lists in place of arrays, which it takes too."""
    if isinstance(state, dict):
        return {key: _without_arrays(item) for key, item in state.items()}
    if isinstance(state, tuple):
        return tuple(_without_arrays(item) for item in state)
    return state.tolist() if type(state).__module__ == "numpy" else state


def _bit_generator(value: object) -> Any:
    bit_generator = getattr(value, "bit_generator", None)
    return bit_generator if hasattr(bit_generator, "state") else None
