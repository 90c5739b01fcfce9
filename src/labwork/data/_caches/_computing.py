"""Which libraries only compute: what they give depends on arguments and global generators alone.

A list of what reads files, the clock or the network is never whole. So it is the other way round:
what isn't listed here may read anything.
"""

import re
import sys
from functools import cache

from labwork.data._caches._origin import library_of

__all__ = ["computes", "computes_wholly"]

_PYTHON = """
    __future__ abc _abc array ast base64 binascii bisect _bisect builtins bz2 calendar cmath codecs
    collections _collections _collections_abc colorsys concurrent.futures contextlib copy copyreg
    csv _csv dataclasses datetime decimal _decimal difflib enum fractions functools _functools gzip
    hashlib _hashlib _blake2 hmac heapq _heapq html io _io itertools json keyword logging lzma math
    numbers ntpath operator _operator pathlib pickle _pickle posixpath pprint queue random _random
    re _sre reprlib statistics string _string struct _struct textwrap threading time traceback
    types typing unicodedata urllib.parse uuid warnings _warnings weakref _weakref zlib
    os.PathLike os.fspath os.fsencode os.fsdecode posix.fspath
"""
_ARRAYS = """
    numpy._core numpy._typing numpy.char numpy.dtypes numpy.exceptions numpy.fft
    numpy.lib._index_tricks_impl numpy.lib.array_utils numpy.lib.scimath
    numpy.lib.stride_tricks numpy.linalg numpy.ma
    numpy.polynomial numpy.random numpy.strings numpy.typing
    scipy._lib scipy.cluster scipy.constants scipy.fft scipy.fftpack scipy.integrate
    scipy.interpolate scipy.linalg scipy.ndimage scipy.optimize scipy.signal scipy.sparse
    scipy.spatial scipy.special scipy.stats
    pandas._libs pandas.api pandas.core
    einops typing_extensions attr attrs
"""
_TORCH = """
    torch._C.Generator torch._C.TensorBase torch._C._TensorMeta torch._C._VariableFunctionsClass
    torch._C._fft torch._C._linalg torch._C._nn torch._C._special torch._functorch
    torch._jit_internal torch._linalg_utils torch._lowrank torch._tensor
    torch._utils torch._vmap_internals torch.amp torch.autograd torch.distributions torch.fft
    torch.func torch.functional torch.linalg torch.masked torch.nested torch.nn torch.overrides
    torch.random torch.return_types torch.signal torch.sparse torch.special torch.types
    torch.utils._contextlib torch.utils._pytree torch.utils.data._utils.collate
    torchvision.ops torchvision.transforms torchvision.tv_tensors torchvision.utils
    timm.layers kornia albumentations albucore
"""
_IMAGES = """
    PIL.Image PIL.ImageChops PIL.ImageColor PIL.ImageDraw PIL.ImageEnhance PIL.ImageFilter
    PIL.ImageMorph PIL.ImageOps PIL.ImagePalette PIL.ImageStat PIL.ImageTransform PIL._imaging
    skimage.color skimage.draw skimage.exposure skimage.feature skimage.filters skimage.measure
    skimage.metrics skimage.morphology skimage.restoration skimage.segmentation skimage.transform
    skimage.util simplejpeg
"""
_LEARNING = """
    sklearn._loss sklearn.base sklearn.calibration sklearn.cluster sklearn.compose
    sklearn.covariance sklearn.cross_decomposition sklearn.decomposition
    sklearn.discriminant_analysis sklearn.ensemble sklearn.gaussian_process sklearn.impute
    sklearn.isotonic sklearn.kernel_approximation sklearn.linear_model sklearn.manifold
    sklearn.metrics sklearn.mixture sklearn.model_selection sklearn.naive_bayes sklearn.neighbors
    sklearn.neural_network sklearn.pipeline sklearn.preprocessing sklearn.random_projection
    sklearn.svm sklearn.tree sklearn.utils
"""
_LABWORK = """
    labwork.nn labwork.models labwork.training labwork.config.expressions labwork.config.trees
    labwork.core._errors labwork.core._lazy labwork.core._node labwork.experiments._adapters
    labwork.data._arrays labwork.data._batch labwork.data._caches labwork.data._changes
    labwork.data._dataset labwork.data._draws labwork.data._function_dataset
    labwork.data._indexing labwork.data._lazy_field labwork.data._lazy_image labwork.data._methods
    labwork.data._names labwork.data._record labwork.data._rng labwork.data._samplers
    labwork.data._sequences labwork.data._shift labwork.data._stack labwork.data._weights
    labwork.data.augmentation labwork.data.datasets._digits labwork.data.datasets._shapes
    labwork.data.datasets._synthetic labwork.data.datasets._synthetic_classification
    labwork.data.datasets._two_moons labwork.data.datasets._white_noise
"""
# These hold, and all that is in modules below them.
_TREES = frozenset(" ".join((_PYTHON, _ARRAYS, _TORCH, _IMAGES, _LEARNING, _LABWORK)).split())
# Of these only what is in the module itself.
_MODULES = frozenset({"numpy", "torch", "cv2", "pandas"})
# What they have that reads, by the names that such things are given.
_READING = re.compile(
    r"(^|_|im|from)(read|load|open|file|fetch|download)s?(?![a-z])"
    r"|(Read|Load|Open|File|Fetch|Download|Capture|Store|Source)(?![a-z])"
    r"|loadtxt|genfromtxt|fromregex|memmap|^(import_|imread|imcount|haveImage|getTick|getCPU)"
    r"|^(Cascade|FaceDetector|FaceRecognizer|Tracker|dnn|ml_|read)"
)


@cache
def computes(module: str, name: str = "") -> bool:
    """Whether what is so named in a library's module only computes.

    >>> computes("torch.nn.functional", "relu"), computes("scipy.io.matlab", "loadmat")
    (True, False)
    >>> computes("cv2", "resize"), computes("cv2", "imreadmulti"), computes("torch.hub", "list")
    (True, False, False)
    """
    if not _is_python(module) and _READING.search(name.rpartition(".")[2]):
        return False
    return module in _MODULES or _in_tree(f"{module}.{name}")


def computes_wholly(module: str) -> bool:
    """Whether all does that the module has."""
    names = vars(sys.modules[module]) if module in sys.modules else ()
    return _in_tree(module) and (_is_python(module) or not any(map(_READING.search, names)))


def _is_python(module: str) -> bool:
    return (library_of(module) or "").startswith("python ")


def _in_tree(path: str) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:end]) in _TREES for end in range(1, len(parts) + 1))
