"""From a string, or its YAML form, to datasets that a trainer can be given."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from labwork.config import Expression
from labwork.core import ConfigError
from labwork.data import Dataset
from labwork.experiments._call import call_with
from labwork.experiments._data_plan import DataPart, DataPlan, read_plan
from labwork.experiments._given import Given, raise_together
from labwork.experiments._namespace import names
from labwork.experiments._prepare import prepare
from labwork.experiments._source import Source

__all__ = ["get_data_to_store", "get_prepared_data_for_trainer"]


def get_prepared_data_for_trainer(source: Any) -> dict[str, Dataset]:
    """The datasets that ``source`` names, prepared, by the names of their subsets.

    Images become float tensors of shape (C, H, W) in [0, 1], labels tensors.

    Args:
        source: such as ``Digits{train,val,test}``. In full, it is names, what is to be read, and
            an expression over the list ``d`` of all that was read:
            ``train,test:Digits{trainval,test}:(d[0][:100],d[1])``. As plain data, the same is
            ``{names: [train, test], datasets: [{name: Digits, subsets: [trainval, test]}],
            transform: "(d[0][:100], d[1])"}``; a list alone stands for ``datasets``.

    Raises:
        ConfigError: where a dataset, an argument or a subset isn't known, or names don't fit.

    >>> data = get_prepared_data_for_trainer("train,few:Digits{train,test}:(d[0],d[1][:10])")
    >>> {name: len(dataset) for name, dataset in data.items()}
    {'train': 1297, 'few': 10}
    """
    return _get(source, prepare)


def get_data_to_store(source: Any) -> dict[str, Dataset]:
    """What ``get_prepared_data_for_trainer`` gives, save that images of uint8 stay so.

    What is stored is prepared when it is read, so a trainer gets the same.

    Args:
        source: such as ``CamVid{train}``.

    Raises:
        ConfigError: as ``get_prepared_data_for_trainer``.

    >>> get_data_to_store("Digits{test}")["test"][0].image.dtype  # floats stay floats
    torch.float32
    """
    return _get(source, partial(prepare, keeps_bytes=True))


def _get(source: Any, prepare_f: Callable[[Dataset], Dataset]) -> dict[str, Dataset]:
    source = Source.of(source, "DATA")
    plan = read_plan(source)
    datasets = raise_together(partial(_make, part) for part in plan.parts)
    if plan.transform is not None:
        datasets = _transform(plan.transform, datasets)
    named = zip(_names(plan, len(datasets), source), datasets, strict=True)
    where = source.place()
    return {name: _prepared(prepare_f, dataset, f"{where}: {name}") for name, dataset in named}


def _prepared(prepare_f: Callable[[Dataset], Dataset], dataset: Dataset, where: str) -> Dataset:
    try:
        return prepare_f(dataset)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def _make(part: DataPart) -> Any:
    factory = part.factory.evaluate(names("dataset"), kind="dataset")
    given = Given.read(part.arguments, part.where)
    subsets = getattr(factory, "subsets", ())
    if part.subset is not None and part.name in subsets:
        return call_with(partial(factory, subset=part.name), given)  # which isn't to blame
    if part.subset is not None:
        given = given.joined("subset", part.name, part.subset)
    if subsets and "subset" not in given.tree.changes:
        listed = f"{part.factory.name}{{{','.join(subsets)}}}"
        raise ConfigError(f"{part.where}: write the subsets of {part.factory.name}: {listed!r}")
    return call_with(factory, given)


def _transform(expression: Expression, datasets: Sequence[Any]) -> list[Any]:
    namespace = names("data").join({"d": list(datasets)})
    result = expression.evaluate(namespace)
    results = list(result) if isinstance(result, tuple | list) else [result]
    wrong = [type(r).__name__ for r in results if not isinstance(r, Dataset)]
    if wrong:
        raise ConfigError(f"{expression.where}: the expression gives a {wrong[0]}, no dataset")
    return results


def _names(plan: DataPlan, count: int, source: Source) -> Sequence[str]:
    chosen = plan.names or [part.name for part in plan.parts]
    if len(chosen) != count:
        place = source.place("names" if isinstance(source.value, Mapping) and plan.names else "")
        raise ConfigError(
            f"{place}: {count} datasets, but {len(chosen)} names: {', '.join(chosen)};"
            " write the names first, such as 'train,test:Digits{trainval,test}:(d[0],d[1])'"
        )
    if twice := [name for i, name in enumerate(chosen) if name in chosen[:i]]:
        raise ConfigError(
            f"{source.place()}: there are two datasets called {twice[0]!r}; write other names"
            " first, such as 'train,other:A{train},B{train}'"
        )
    return chosen
