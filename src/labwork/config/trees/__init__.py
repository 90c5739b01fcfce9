"""Trees of arguments: what is to be different in nested factories, objects and containers."""

from labwork.config.trees._arg_trees import ArgTree, FuncTree, ft, t, tree_partial
from labwork.config.trees._blame import Blame, blame
from labwork.config.trees._explain import (
    SignatureRow,
    explain,
    format_signature,
    signature_tree,
)
from labwork.config.trees._faults import TreeError
from labwork.config.trees._indexable_trees import (
    IndexableUpdaTree,
    StrictIndexableUpdaTree,
    it,
    sit,
)
from labwork.config.trees._markers import Escaped, Required, required
from labwork.config.trees._object_trees import ObjectUpdaTree, StrictObjectUpdaTree, ot, sot
from labwork.config.trees._read_plain import from_plain
from labwork.config.trees._tree import UpdaTree
from labwork.config.trees._write_plain import to_plain

__all__ = [
    "ArgTree",
    "Blame",
    "Escaped",
    "FuncTree",
    "IndexableUpdaTree",
    "ObjectUpdaTree",
    "Required",
    "SignatureRow",
    "StrictIndexableUpdaTree",
    "StrictObjectUpdaTree",
    "TreeError",
    "UpdaTree",
    "blame",
    "explain",
    "format_signature",
    "from_plain",
    "ft",
    "it",
    "ot",
    "required",
    "signature_tree",
    "sit",
    "sot",
    "t",
    "to_plain",
    "tree_partial",
]
