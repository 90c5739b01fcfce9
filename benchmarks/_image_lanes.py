"""Who races for images a second: each makes what goes over all photos once, in a random order."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.utils.data import DataLoader as TorchDataLoader
from torch.utils.data import Dataset as TorchDataset

from labwork.data import DataLoader, pack
from labwork.data.augmentation import RandomResizedCrop

from ._decoding import SIZE, by_opencv, by_pillow, crop_picture, to_tensor
from ._photos import QUALITY, Photos

__all__ = ["BATCH_SIZE", "CORES", "IMAGE_LANES", "ImageLane"]

BATCH_SIZE, CORES = 64, 2
_SHARDS = 4
Epoch = Callable[[], object]


class ImageLane(NamedTuple):
    """A way to read photos.

    Attributes:
        name: for people.
        make: given photos and an empty folder, gives a function that goes over all once.
        bar: how many times as fast packed files are to be, at least.
        package: the distribution that must be installed.
    """

    name: str
    make: Callable[[Photos, Path], Epoch]
    bar: float | None = None
    package: str = "torch"


class _Files(TorchDataset[Any]):
    def __init__(self, photos: Photos, decode: Callable[[bytes], Any]) -> None:
        self._paths, self._label, self._decode = photos.paths, photos.label, decode

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Any:
        return to_tensor(self._decode(self._paths[index].read_bytes())), self._label(index)


def _limit(photos: Photos, folder: Path) -> Epoch:
    contents = [path.read_bytes() for path in photos.paths]
    parts = [contents[start::CORES] for start in range(CORES)]
    threads = ThreadPoolExecutor(CORES)
    return lambda: list(threads.map(_decode_all, parts))


def _decode_all(contents: list[bytes]) -> None:
    for content in contents:
        by_opencv(content)


def _packed(photos: Photos, folder: Path, kind: Any, quality: int | None) -> Epoch:
    # Encoded anew, images have tiles, of which a crop decodes some; else files stay as they are.
    packed = pack(photos.list, folder / "photos.hdf5", quality=quality)
    crop = RandomResizedCrop(SIZE, library="opencv")
    loader = DataLoader(
        packed.augment(crop), BATCH_SIZE, shuffle=True, worker_count=CORES, worker_kind=kind
    )
    return partial(_exhaust, loader, photos.count)


def _torch(photos: Photos, folder: Path, decode: Callable[[bytes], Any]) -> Epoch:
    files = _Files(photos, decode)
    loader = _torch_loader(files, batch_size=BATCH_SIZE, shuffle=True)
    return partial(_exhaust, loader, photos.count)


def _torch_loader(dataset: Any, kind: Any = TorchDataLoader, **options: Any) -> Any:
    return kind(dataset, num_workers=CORES, persistent_workers=True, **options)


def _webdataset(photos: Photos, folder: Path) -> Epoch:
    import webdataset

    for shard in range(_SHARDS):
        with webdataset.TarWriter(str(folder / f"{shard}.tar")) as tar:
            for index in range(shard, photos.count, _SHARDS):
                content = photos.paths[index].read_bytes()
                tar.write({"__key__": str(index), "jpg": content, "cls": photos.label(index)})
    shards = [str(folder / f"{shard}.tar") for shard in range(_SHARDS)]
    samples = webdataset.WebDataset(shards, shardshuffle=_SHARDS).shuffle(1000).decode("pil")
    batches = samples.to_tuple("jpg", "cls").map_tuple(_from_picture, int).batched(BATCH_SIZE)
    loader = _torch_loader(batches, webdataset.WebLoader, batch_size=None)
    return partial(_exhaust, loader, photos.count)


def _from_picture(picture: Any) -> Any:
    return to_tensor(crop_picture(picture))


def _litdata(photos: Photos, folder: Path) -> Epoch:
    from litdata import StreamingDataLoader

    from ._litdata import CroppingDataset, write

    write(photos, folder)
    samples = CroppingDataset(str(folder), shuffle=True)
    loader = _torch_loader(samples, StreamingDataLoader, batch_size=BATCH_SIZE)
    return partial(_exhaust, loader, photos.count)


def _exhaust(batches: Iterable[Any], count: int) -> None:
    seen = 0
    for batch in batches:
        images = batch[0]
        assert (images.shape[1:], images.dtype) == ((3, SIZE, SIZE), torch.uint8)
        seen += len(images)
    assert seen == count, f"{seen} photos instead of {count}"


_PILLOW, _OPENCV = (partial(_torch, decode=decode) for decode in (by_pillow, by_opencv))
_THREADS, _PROCESSES = (partial(_packed, kind=kind) for kind in ("thread", "process"))

IMAGE_LANES = (
    ImageLane("packed in tiles, two threads", partial(_THREADS, quality=QUALITY)),
    ImageLane("packed in tiles, two processes", partial(_PROCESSES, quality=QUALITY)),
    ImageLane("packed as the files are, two threads", partial(_THREADS, quality=None)),
    ImageLane("decode and crop alone in two threads (the limit)", _limit, 0.9),
    ImageLane("`DataLoader`, Pillow", _PILLOW, 2.8),
    ImageLane("`DataLoader`, simplejpeg and OpenCV", _OPENCV, 1.0),
    ImageLane("WebDataset", _webdataset, 2.0, "webdataset"),
    ImageLane("LitData, simplejpeg and OpenCV", _litdata, 1.2, "litdata"),
)
