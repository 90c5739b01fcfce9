"""From a string, or its YAML form, to datasets that a trainer can be given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labwork.config import DataSpec, Expression, parse_data, parse_expression
from labwork.core import ConfigError
from labwork.data import Dataset
from labwork.experiments._call import call_with
from labwork.experiments._namespace import names
from labwork.experiments._prepare import prepare
from labwork.experiments._source import Source

__all__ = ["get_prepared_data_for_trainer"]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be made: ``made`` holds (default name, factory's name, arguments, where)."""

    names: Sequence[str]
    made: Sequence[tuple[str, str, Mapping[str, Any], str]]
    transform: Expression | None


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
    source = Source.of(source, "DATA")
    plan = _read_text(source) if isinstance(source.value, str) else _read_plain(source)
    datasets = [_make(name, arguments, where) for _, name, arguments, where in plan.made]
    if plan.transform is not None:
        datasets = _transform(plan.transform, datasets)
    return {
        name: prepare(dataset)
        for name, dataset in zip(_names(plan, len(datasets), source), datasets, strict=True)
    }


def _read_text(source: Source) -> _Plan:
    parsed = parse_data(source.value, source.place())
    made = [item for spec in parsed.specs for item in _of_spec(spec, source)]
    return _Plan(parsed.names, made, parsed.transform)


def _of_spec(spec: DataSpec, source: Source) -> list[tuple[str, str, Mapping[str, Any], str]]:
    arguments = {k: v.evaluate(names("argument")) for k, v in spec.keywords.items()}
    return _of_subsets(spec.name, spec.subsets, arguments, source.place())


def _of_subsets(
    name: str, subsets: Sequence[str], arguments: Mapping[str, Any], where: str
) -> list[tuple[str, str, Mapping[str, Any], str]]:
    if not subsets:
        return [(name.rpartition(".")[2], name, arguments, where)]
    return [(subset, name, {"subset": subset, **arguments}, where) for subset in subsets]


def _read_plain(source: Source) -> _Plan:
    if isinstance(source.value, list):
        source = Source({"datasets": source.value}, source.key, _above(source))
    source.need(Mapping)
    _check_keys(source, ("datasets",), ("names", "transform"))
    listed = source.at("datasets")
    listed.need(list)
    made = [item for i in range(len(listed.value)) for item in _read_item(listed, i)]
    transform = source.at("transform")
    expression = None
    if transform.value is not None:
        transform.need(str)
        expression = parse_expression(transform.value, transform.place())
    return _Plan(source.value.get("names", ()), made, expression)


def _above(source: Source) -> Any:
    """The origins of a list that stands where a mapping with ``datasets`` may stand."""
    origin = source.origin
    return origin and (lambda path: origin(path.replace(f"{source.key}/datasets", source.key, 1)))


def _read_item(listed: Source, index: int) -> list[tuple[str, str, Mapping[str, Any], str]]:
    item = listed.item(index)
    if isinstance(item.value, str):
        return list(_read_text(item).made)
    item.need(Mapping)
    _check_keys(item, ("name",), None)
    arguments = {k: item.at(k).read() for k in item.value if k not in ("name", "subsets")}
    subsets = item.value.get("subsets", ())
    return _of_subsets(item.value["name"], subsets, arguments, item.place())


def _check_keys(source: Source, needed: Sequence[str], allowed: Sequence[str] | None) -> None:
    if missing := [name for name in needed if name not in source.value]:
        raise ConfigError(f"{source.place()}: {', '.join(missing)} must be given")
    wrong = [n for n in source.value if allowed is not None and n not in (*needed, *allowed)]
    if allowed is not None and wrong:
        options = ", ".join((*needed, *allowed))
        raise ConfigError(f"{source.place(wrong[0])}: unknown key {wrong[0]!r}; known: {options}")


def _make(name: str, arguments: Mapping[str, Any], where: str) -> Any:
    factory = parse_expression(name, where).evaluate(names("dataset"), kind="dataset")
    _check_subset(factory, name, arguments, where)
    return call_with(factory, arguments, f"{where}: {name}")


def _check_subset(factory: Any, name: str, arguments: Mapping[str, Any], where: str) -> None:
    """Tells of subsets that aren't there, before the factory would, in its own words."""
    known = getattr(factory, "subsets", ())
    if known and "subset" not in arguments:
        raise ConfigError(f"{where}: write the subsets of {name}: '{name}{{{','.join(known)}}}'")


def _transform(expression: Expression, datasets: Sequence[Any]) -> list[Any]:
    namespace = names("data").join({"d": list(datasets)})
    result = expression.evaluate(namespace)
    results = list(result) if isinstance(result, tuple | list) else [result]
    wrong = [type(r).__name__ for r in results if not isinstance(r, Dataset)]
    if wrong:
        raise ConfigError(f"{expression.where}: the expression gives a {wrong[0]}, no dataset")
    return results


def _names(plan: _Plan, count: int, source: Source) -> Sequence[str]:
    chosen = plan.names or [default for default, *_ in plan.made]
    if len(chosen) != count:
        raise ConfigError(
            f"{source.place()}: {count} datasets, but {len(chosen)} names: {', '.join(chosen)};"
            " write the names first, such as 'train,test:Digits{trainval,test}:(d[0],d[1])'"
        )
    if twice := [name for i, name in enumerate(chosen) if name in chosen[:i]]:
        raise ConfigError(
            f"{source.place()}: there are two datasets called {twice[0]!r}; write other names"
            " first, such as 'train,other:A{train},B{train}'"
        )
    return chosen
