"""Feature maps of several resolutions, from one pass through a backbone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from labwork.core import ConfigError, unknown_name
from labwork.nn import Seq, split_paths

__all__ = ["end_with", "ends_of_groups", "keep_maps", "maps_at"]


def ends_of_groups(backbone: Seq, *, activated: bool = True) -> tuple[str, ...]:
    """The paths of what groups of blocks give, the finest first; none where there are no groups.

    Args:
        backbone: a ``Seq`` that is built, in which the groups are called ``group0``, ….
        activated: whether what follows the last group belongs to it; otherwise the maps are those
            before the activation that ends a group.

    >>> from labwork.models import ResNetV1Backbone
    >>> backbone = ResNetV1Backbone(depth=10).build((1, 3, 64, 64))
    >>> ends_of_groups(backbone)
    ('group0', 'group1', 'group2', 'group3')
    >>> ends_of_groups(backbone, activated=False)[0]
    'group0.block0.sum'
    """
    names = [name for name in backbone.names if name.startswith("group")]
    if names and activated:
        names[-1] = backbone.names[-1]
    return tuple(name if activated else _before_activation(backbone[name], name) for name in names)


def end_with(backbone: Seq, paths: Sequence[str]) -> None:
    """Leaves out what comes after the last of the paths, as far as there is something yet.

    Parameters of that are left out of state dicts, too, so that those of a whole backbone fit.
    """
    stages = {path.partition(".")[0] for path in paths}
    if not stages or not stages.issubset(backbone.names):
        return
    unused = backbone.names[max(map(backbone.names.index, stages)) + 1 :]
    for name in unused:
        delattr(backbone, name)
    if unused:
        leave_out = partial(_leave_out, names=unused)
        nn.Module.register_load_state_dict_pre_hook(backbone, leave_out)


def keep_maps(backbone: Seq, paths: Sequence[str]) -> None:
    """Sees to it that what the modules at ``paths`` give isn't changed in place.

    Raises:
        ConfigError: where there is no such path, or none at all.
    """
    kind = type(backbone).__name__
    known = [path for path in split_paths(backbone) if path]
    if not paths:
        raise ConfigError(
            f"{kind} has no groups (group0, group1, …); say where its feature maps are, from the"
            f" finest, such as feature_paths={(*known[:1], *known[-1:])}"
        )
    for path in paths:
        if path not in known:
            raise unknown_name("path of a feature map", path, known, kind)
        parent, _, name = path.rpartition(".")
        seq: Any = backbone.get_submodule(parent)
        follower: Any = dict(zip(seq.names, [*seq][1:], strict=False)).get(name)
        if getattr(follower, "inplace", False):
            follower.inplace = False


def maps_at(backbone: Seq, x: Tensor, paths: Sequence[str]) -> list[Tensor]:
    """What the modules at ``paths`` give.

    No hooks are needed: a ``Seq`` that is on the way to a path isn't called, but what is in it;
    unless only the end is asked for.

    >>> from torch import ones
    >>> maps_at(Seq(a=Seq(b=nn.Flatten(), c=nn.ReLU()), d=nn.Tanh()), ones(1, 2), ["a.b", "a"])
    [tensor([[1., 1.]]), tensor([[1., 1.]])]
    """
    if [*paths] == [*backbone.names[-1:]]:
        return [backbone(x)]
    found: dict[str, Tensor] = {}
    _walk(backbone, x, "", paths, found)
    return [found[path] for path in paths]


def _walk(
    seq: Any, x: Tensor, prefix: str, paths: Sequence[str], found: dict[str, Tensor]
) -> Tensor:
    for name, module in zip(seq.names, seq, strict=True):
        if len(found) == len(paths):
            break
        path = prefix + name
        if any(other.startswith(path + ".") for other in paths):
            x = _walk(module, x, path + ".", paths, found)
        else:
            x = module(x)
        if path in paths:
            found[path] = x
    return x


def _before_activation(module: nn.Module, path: str) -> str:
    if not isinstance(module, Seq) or not len(module):
        return path
    *before, last = module.names
    if last.startswith("act"):
        return f"{path}.{before[-1]}" if before else path
    inside = f"{path}.{last}"
    end = _before_activation(module[-1], inside)
    return path if end == inside else end


def _leave_out(
    module: nn.Module, state: dict[str, Any], prefix: str, *_: object, names: Sequence[str]
) -> None:
    beginnings = tuple(f"{prefix}{name}." for name in names)
    for name in [name for name in state if name.startswith(beginnings)]:
        del state[name]
