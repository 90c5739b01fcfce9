"""What data is to be made, read from a string or its YAML form, before anything is looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labwork.config import DataSpec, Expression, parse_data, parse_expression
from labwork.core import ConfigError
from labwork.experiments._source import Source, Written, name_in

__all__ = ["DataPart", "DataPlan", "read_plan"]


@dataclass(frozen=True, slots=True)
class DataPart:
    """One dataset.

    Attributes:
        name: what it is called where nothing else is said.
        factory: names what makes it.
        subset: where the argument ``subset`` was written, if there is one; it is the name.
        arguments: the others.
        where: where it was written.
    """

    name: str
    factory: Expression
    subset: Written | None
    arguments: Mapping[str, Written]
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
    subsets = [(str(subset.name), subset) for subset in spec.subsets]
    return _of_subsets(spec.name, subsets, spec.keywords, source.place())


def _of_subsets(
    factory: Expression,
    subsets: Sequence[tuple[str, Written | None]],
    arguments: Mapping[str, Written],
    where: str,
) -> list[DataPart]:
    whole = (str(factory.name).rpartition(".")[2], None)
    return [
        DataPart(name, factory, subset, arguments, where) for name, subset in subsets or [whole]
    ]


def _read_mapping(source: Source) -> DataPlan:
    source.need(Mapping)
    _check_keys(source)
    transform = source.at("transform", "")
    transform.need(str)
    expression = parse_expression(transform.value, transform.place()) if transform.value else None
    listed = [name.value for name in _strings(source.at("names", []))]
    return DataPlan(listed, _read_items(source.at("datasets")), expression)


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
    arguments = {key: item.at(key) for key in item.value if key not in ("name", "subsets")}
    subsets = [(str(subset.value), subset) for subset in _strings(item.at("subsets", []))]
    return _of_subsets(name_in(item), subsets, arguments, item.place())


def _strings(source: Source) -> list[Source]:
    """A list of names; a string alone would be taken for its letters."""
    source.need(list)
    for item in source.items():
        item.need(str)
    return source.items()
