"""Parameters to start from: what ``--params`` says, and loading them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from torch import Tensor, nn

from labwork.core import ConfigError, LabworkError, StateError, suggestion
from labwork.experiments._params_file import read_params
from labwork.experiments._source import Source
from labwork.models import translate_params, translators
from labwork.nn import tell_misfit

__all__ = ["Params", "load_params"]

_FORM = re.compile(
    r"(?P<translator>\w+)"
    r"(\((?P<both>[\w.]*)\)|(\[(?P<part>[\w.]*)\])?(->(?P<module>[\w.]*))?)"
    r":(?P<file>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Params:
    """Which parameters go where.

    Attributes:
        file: where they are.
        translator: whose names they have, see ``translate_params``; empty for a run's own, which
            are those of input adapter and model.
        part: the module, by our names, whose parameters are taken; empty for all.
        module: the path in the model of the module that gets them; empty for the model.
    """

    file: Path
    translator: str = ""
    part: str = ""
    module: str = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """What was written: a file, or ``translator[part]->module:file``.

        Where only one of part and module is written, it stands for both, and so it does in
        ``translator(module):file``. Without both, all goes into the model.

        >>> Params.read("resnet(backbone):r18.pth")
        Params(file=PosixPath('r18.pth'), translator='resnet', part='backbone', module='backbone')
        >>> Params.read("id[model.head]->head:model.pt").module
        'head'
        >>> Params.read("model.pt")
        Params(file=PosixPath('model.pt'), translator='', part='', module='')
        """
        found = _FORM.fullmatch(text)
        if not found:
            return cls(Path(text))
        both, part, module = found["both"], found["part"], found["module"]
        part, module = (
            next((x for x in choice if x is not None), "")
            for choice in ((both, part, module), (both, module, part))
        )
        return cls(Path(found["file"]), found["translator"], part, module)

    def load(self, whole: nn.Module) -> None:
        """Loads them; all that the module has must be there, and nothing else.

        Args:
            whole: input adapter and model.

        Raises:
            ConfigError: where there is no such file, translator, part or module, or they don't fit.
            CheckpointError: where the file can't be read.
        """
        state = read_params(self.file)
        model = whole.get_submodule("model")
        target = _at(model, self.module) if self.translator else whole
        chosen = self._translated(state) if self.translator else state
        try:
            target.load_state_dict(chosen)
        except (RuntimeError, StateError, TypeError, AttributeError) as error:
            name = f"{self.module or 'the model'} ({type(_at(model, self.module)).__name__})"
            why = tell_misfit(target, chosen, state, self._hint(model, state))
            raise ConfigError(f"{self.file} doesn't fit {name}: {why}") from error

    def _translated(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What is taken, by the names in the module that gets it."""
        prefix = f"{self.part}." if self.part else ""
        translated = translate_params(self.translator, state)
        return {k.removeprefix(prefix): v for k, v in translated.items() if k.startswith(prefix)}

    def _hint(self, model: nn.Module, state: Mapping[str, Tensor]) -> str:
        """What may help: another translator, or to leave out the head."""
        own = _at(model, self.module).state_dict()

        def fitting(translator: str) -> set[str]:
            found = replace(self, translator=translator)._translated(state)
            return {k for k, v in found.items() if k in own and own[k].shape == v.shape}

        best = max(translators(), key=lambda name: len(fitting(name)))
        fits = fitting(self.translator or "id")
        if len(fitting(best)) > len(fits):
            return f"the translator {best!r} knows more of the names"
        if fits and own.keys() - fits <= {name for name in own if name.startswith("head.")}:
            return f"{self.translator or 'id'}(backbone):{self.file} leaves the head as it is"
        return ""


def load_params(whole: nn.Module, source: Source) -> None:
    """Loads what ``source`` says into input adapter and model; see ``Params``."""
    try:
        Params.read(source.value).load(whole)
    except LabworkError as error:
        raise type(error)(f"{source.place()}: {error}") from error


def _at(model: nn.Module, path: str) -> nn.Module:
    modules = dict(model.named_modules())
    if path in modules:
        return modules[path]
    hint = suggestion(path, [name for name in modules if name])
    raise ConfigError(f"there is no module {path!r} in the model ({type(model).__name__}){hint}")
