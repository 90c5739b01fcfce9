"""What data is to be made, read from a string or its YAML form, before anything is looked up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labwork.config import DataSpec, Expression, parse_data, parse_expression
from labwork.core import ConfigError
from labwork.experiments._namespace import names
from labwork.experiments._source import Source, name_in

__all__ = ["DataPart", "DataPlan", "read_plan"]


@dataclass(frozen=True, slots=True)
class DataPart:
    """One dataset.

    Attributes:
        name: what it is called where nothing else is said.
        factory: names what makes it.
        subset: the argument ``subset``, where there is one.
        arguments: gives the other arguments.
        where: where it was written.
    """

    name: str
    factory: Expression
    subset: Mapping[str, str]
    arguments: Callable[[], Mapping[str, Any]]
    where: str


@dataclass(frozen=True, slots=True)
class DataPlan:
    """All datasets, the names that they get, and an expression over them."""

    names: Sequence[str]
    parts: Sequence[DataPart]
    transform: Expression | None


def read_plan(source: Source) -> DataPlan:
    """What ``source`` says, as a string, a mapping, or a list of datasets.

    Raises:
        ConfigError: where it has another form.
    """
    if isinstance(source.value, str):
        return _read_text(source)
    if isinstance(source.value, list):
        return DataPlan((), _read_items(source), None)
    return _read_mapping(source)


def _read_text(source: Source) -> DataPlan:
    parsed = parse_data(source.value, source.place())
    parts = [part for spec in parsed.specs for part in _of_spec(spec, source)]
    return DataPlan(parsed.names, parts, parsed.transform)


def _of_spec(spec: DataSpec, source: Source) -> list[DataPart]:
    def arguments() -> dict[str, Any]:
        return {k: v.evaluate(names("argument")) for k, v in spec.keywords.items()}

    name = parse_expression(spec.name, source.place())
    return _of_subsets(name, spec.subsets, arguments, source.place())


def _of_subsets(
    factory: Expression,
    subsets: Sequence[str],
    arguments: Callable[[], Mapping[str, Any]],
    where: str,
) -> list[DataPart]:
    if not subsets:
        return [DataPart(str(factory.name).rpartition(".")[2], factory, {}, arguments, where)]
    return [DataPart(s, factory, {"subset": s}, arguments, where) for s in subsets]


def _read_mapping(source: Source) -> DataPlan:
    source.need(Mapping)
    _check_keys(source)
    transform = source.at("transform", "")
    transform.need(str)
    expression = parse_expression(transform.value, transform.place()) if transform.value else None
    return DataPlan(
        _strings(source.at("names", [])), _read_items(source.at("datasets")), expression
    )


def _check_keys(source: Source) -> None:
    if "datasets" not in source.value:
        raise ConfigError(f"{source.place()}: datasets must be given")
    for key in source.value:
        if key not in ("datasets", "names", "transform"):
            raise ConfigError(
                f"{source.place(key)}: unknown key {key!r}; known: datasets, names, transform"
            )


def _read_items(listed: Source) -> list[DataPart]:
    listed.need(list)
    return [part for item in listed.items() for part in _read_item(item)]


def _read_item(item: Source) -> Sequence[DataPart]:
    if not isinstance(item.value, str):
        return _read_part(item)
    plan = _read_text(item)
    if plan.names or plan.transform:
        raise ConfigError(
            f"{item.place()}: names and an expression are keys beside 'datasets', or all of the"
            " data is one string"
        )
    return plan.parts


def _read_part(item: Source) -> list[DataPart]:
    item.need(Mapping)
    keys = [key for key in item.value if key not in ("name", "subsets")]

    def arguments() -> dict[str, Any]:
        return {key: item.at(key).read() for key in keys}

    subsets = _strings(item.at("subsets", []))
    return _of_subsets(name_in(item), subsets, arguments, item.place())


def _strings(source: Source) -> list[str]:
    """A list of names; a string alone would be taken for its letters."""
    source.need(list)
    for item in source.items():
        item.need(str)
    return list(source.value)
