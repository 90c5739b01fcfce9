"""The changes that make datasets of datasets, each in a file of its own."""

from labwork.data._changes._batched import Batched
from labwork.data._changes._cached import Informed, InMemory, OnDisk
from labwork.data._changes._change import Change, Parts, varies
from labwork.data._changes._joined import Joined
from labwork.data._changes._labelled import Labelled, label_at
from labwork.data._changes._mapped import Augmented, Mapped, is_batched
from labwork.data._changes._record_functions import Expand, KeepFields, MapFields, Unpack
from labwork.data._changes._repeated import Repeated
from labwork.data._changes._shuffled import Shuffled
from labwork.data._changes._subset import Selection, Subset
from labwork.data._changes._zipped import Zipped

__all__ = [
    "Augmented",
    "Batched",
    "Change",
    "Expand",
    "InMemory",
    "Informed",
    "Joined",
    "KeepFields",
    "Labelled",
    "MapFields",
    "Mapped",
    "OnDisk",
    "Parts",
    "Repeated",
    "Selection",
    "Shuffled",
    "Subset",
    "Unpack",
    "Zipped",
    "is_batched",
    "label_at",
    "varies",
]
