"""What ``meta.yaml`` says: plain data, checked when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from labwork.core import ConfigError, content_digest, file_digest, write_whole
from labwork.data._folders._kinds import LOADERS, Kind
from labwork.data._folders._nested import Layout
from labwork.data._folders._places import checksums_file, label_file, meta_file
from labwork.data._folders._plain import from_tagged, tagged

__all__ = ["Meta", "arrays_of", "read_meta", "write_meta"]

_FORMAT = "labwork folder 2"
_OLDER = "labwork folder 1"  # knows no tuples, no fields inside of others


@dataclass(frozen=True)
class Meta:
    """What a folder holds.

    Attributes:
        count: the number of samples.
        kinds: of each value that is stored for itself, in their order.
        layout: how records are made of them.
        info: the dataset's facts.
    """

    count: int
    kinds: Mapping[str, Kind]
    layout: Layout
    info: Mapping[str, Any]


def arrays_of(folder: Path, kinds: Mapping[str, Kind]) -> dict[str, Path]:
    """For each field its array of labels, or of checksums where it has files."""
    return {
        name: (label_file if kind.loader == "label" else checksums_file)(folder, name)
        for name, kind in kinds.items()
    }


def write_meta(folder: Path, meta: Meta) -> None:
    """Writes ``meta.yaml``, with digests of itself and of the folder's arrays."""
    digests = {n: file_digest(path) for n, path in arrays_of(folder, meta.kinds).items()}
    fields = [
        {"name": name, **kind.as_dict(), "sha256": digests[name]}
        for name, kind in meta.kinds.items()
    ]
    content = {
        "format": _FORMAT,
        "count": meta.count,
        "fields": fields,
        "layout": dict(meta.layout),
        "info": tagged(dict(meta.info)),
    }
    text = yaml.safe_dump({**content, "sha256": content_digest(content)}, sort_keys=False)
    write_whole(meta_file(folder), text)


def read_meta(folder: Path) -> Meta:
    """Reads ``meta.yaml`` and makes sure that it and the arrays are as they were written."""
    if not meta_file(folder).is_file():
        state = "isn't a finished dataset folder: it has no meta.yaml"
        raise ConfigError(f"{folder} {state if folder.is_dir() else 'is no folder'}")
    content = _parsed(meta_file(folder))
    fields = content["fields"]
    kinds = {f["name"]: _kind(f, content["format"]) for f in fields}
    arrays = arrays_of(folder, kinds)
    for field in fields:
        path = arrays[field["name"]]
        if not path.is_file() or file_digest(path) != field["sha256"]:
            raise ConfigError(f"{path} is missing or was altered: write the folder anew")
    if content["format"] == _OLDER:
        return Meta(content["count"], kinds, {name: name for name in kinds}, content["info"])
    return Meta(content["count"], kinds, content["layout"], from_tagged(content["info"]))


def _kind(field: Mapping[str, Any], written_as: str) -> Kind:
    loader, kind = field["loader"], field["type"]
    if written_as == _OLDER and (loader, kind) == ("label", "array"):
        kind = "scalar"
    return Kind(loader, kind, field.get("dims", 0), field.get("bits", ""))


def _parsed(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        claimed = content.pop("sha256")
        is_whole = claimed == content_digest(content)
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise ConfigError(f"{path} is torn or was altered: write the folder anew")
    wrong = [f["loader"] for f in content["fields"] if f["loader"] not in LOADERS]
    if wrong or content["format"] not in (_OLDER, _FORMAT):
        raise ConfigError(f"{path}: this version of Labwork reads {_OLDER!r} and {_FORMAT!r} only")
    return dict(content)
