"""DeferredState: what was loaded into a module before it was built."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from torch import Tensor, nn

from labwork.nn._misfit import MisfitError

__all__ = ["DeferredState"]


@dataclass
class DeferredState:
    """Entries of a state dict that are to be loaded once the module is built.

    Attributes:
        entries: by their names in the module.
        unknown: the names for which the module has no part so far.
        assigns: whether the tensors themselves take the place of parameters.
        is_strict: whether they have to fit exactly.
    """

    entries: Mapping[str, Tensor]
    unknown: frozenset[str]
    assigns: bool
    is_strict: bool = True

    @classmethod
    def of(
        cls,
        module: nn.Module,
        state_dict: Mapping[str, Tensor],
        prefix: str,
        *,
        all_of_them: bool,
        assigns: bool,
    ) -> DeferredState:
        """What ``state_dict`` holds below ``prefix``: all, or what ``module`` has no part for."""
        parts = {*module._modules, *module._parameters, *module._buffers}
        below = {k[len(prefix) :]: v for k, v in state_dict.items() if k.startswith(prefix)}
        unknown = frozenset(name for name in below if name.split(".", 1)[0] not in parts)
        kept = below if all_of_them else unknown
        # Copies, as loading makes them, for what was loaded may be trained further meanwhile.
        entries = {k: below[k] if assigns else below[k].detach().clone() for k in kept}
        return cls(entries, unknown, assigns)

    def save(self, destination: MutableMapping[str, Tensor], prefix: str) -> None:
        """Puts what no part holds where it came from, so that it isn't lost before the build."""
        destination.update({prefix + name: self.entries[name] for name in self.unknown})

    def load(self, module: nn.Module, path: str, made: set[str]) -> None:
        """Loads the entries into ``module``, whose parts named ``made`` are new.

        Raises:
            MisfitError: where the state was to fit exactly and doesn't.
        """
        try:
            missing, unexpected = module.load_state_dict(
                self.entries, strict=False, assign=self.assigns
            )
        except MisfitError as error:  # shapes differ
            raise MisfitError(
                f"the state that was loaded before the build doesn't fit {path}: {error}"
            ) from error
        lacking = [name for name in missing if name.split(".", 1)[0] in made]
        if self.is_strict and (lacking or unexpected):
            what = [f"has no {_some(lacking)}"] if lacking else []
            what += [f"has {_some(unexpected)} too many"] if unexpected else []
            raise MisfitError(
                f"the state that was loaded before the build doesn't fit {path}: it "
                + " and ".join(what)
            )


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + rest
