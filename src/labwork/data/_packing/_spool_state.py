"""How far packing has come."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from labwork.core import ConfigError, write_whole
from labwork.data._packing._block import Block

__all__ = ["State", "has_state", "read_state", "write_state"]

_NAME = "state.json"
_REMEMBERED = 1000  # messages


@dataclass(frozen=True)
class State:
    """How far packing has come, as far as it is on the disk.

    Attributes:
        position: samples of the source that are done.
        count: those of them that were good.
        digest: a hash of all good samples, which tells what is packed from all else.
        sizes: of the files, in bytes.
        bad_count: samples that were left out.
        bad: what is wrong with the first of them.
    """

    position: int = 0
    count: int = 0
    digest: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    bad_count: int = 0
    bad: Sequence[str] = ()

    def after(self, block: Block) -> "State":
        """How far it has come with one more block."""
        digest = self.digest  # by samples, so that it is the same whatever the blocks are
        for sample in block.digests:
            digest = sha256(digest.encode() + sample).hexdigest()
        return State(
            block.stop,
            self.count + len(block.digests),
            digest,
            {name: self.sizes.get(name, 0) + len(part) for name, part in block.parts.items()},
            self.bad_count + len(block.bad),
            [*self.bad, *block.bad][:_REMEMBERED],
        )


def has_state(folder: Path) -> bool:
    """Whether anything was committed."""
    return (folder / _NAME).exists()


def read_state(folder: Path, identity: Mapping[str, Any]) -> State:
    """What was committed; raises ConfigError where that was of something else."""
    path = folder / _NAME
    if not path.exists():
        return State()
    try:
        content = json.loads(path.read_text("utf-8"))
        begun, state = content["identity"], State(**content["state"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is damaged: remove {folder} to start anew") from error
    if begun != identity and state.position == 0:
        return State()
    if begun != identity:
        names = identity.keys() | begun.keys()
        wrong = sorted(name for name in names if begun.get(name) != identity.get(name))
        raise ConfigError(
            f"{folder} holds a packing that was begun with another {' and '.join(wrong)}: ask for"
            " the same again to go on, or remove it to start anew"
        )
    return state


def write_state(folder: Path, identity: Mapping[str, Any], state: State) -> None:
    """Commits."""
    content = {"identity": identity, "state": asdict(state)}
    write_whole(folder / _NAME, json.dumps(content))
