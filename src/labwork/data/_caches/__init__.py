"""What makes data, as a digest, and caches whose keys such digests are."""

from labwork.data._caches._files import files_identity
from labwork.data._caches._fingerprint import fingerprint
from labwork.data._caches._parts import Identified
from labwork.data._caches._samples import StoredSamples
from labwork.data._caches._source import Source, copied
from labwork.data._caches._values import LazyInfo, compute, stored
from labwork.data._caches._watch import Watch

__all__ = [
    "Identified",
    "LazyInfo",
    "Source",
    "StoredSamples",
    "Watch",
    "compute",
    "copied",
    "files_identity",
    "fingerprint",
    "stored",
]
