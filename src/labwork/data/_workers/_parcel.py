"""How a batch travels from a worker to the main process."""

import os
import socket
from contextvars import ContextVar
from io import BytesIO
from math import prod
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler, recvfds, sendfds
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing import get_sharing_strategy

__all__ = ["Parcel"]

_SMALL = 2**14  # bytes; to share memory costs more than to copy these
_AT_ONCE = 64  # files in a message; Linux allows 253
_arrived: ContextVar[list[int]] = ContextVar("_arrived")


class Parcel:
    """A value ready to be sent: small tensors as copies, large ones in shared memory.

    Shared memory goes along as open files. It has no name and nobody else holds it, so it is gone
    when both processes are, however they end, and what a worker has sent outlives the worker.
    """

    def __init__(self, value: Any) -> None:
        buffer = BytesIO()
        pickler = _Pickler(buffer)
        pickler.dump(value)
        self._content, self._shared = buffer.getbuffer(), pickler.shared

    def send(self, connection: Connection) -> None:
        """Sends it; the other end is to call ``receive``."""
        files = [file for file, _ in self._shared]
        connection.send(len(files))
        connection.send_bytes(self._content)
        with _socket(connection) as channel:
            for start in range(0, len(files), _AT_ONCE):
                sendfds(channel, files[start : start + _AT_ONCE])

    @staticmethod
    def receive(connection: Connection) -> Any:
        """The value that was sent.

        Raises:
            EOFError: where the other end was closed.
        """
        count = connection.recv()
        content = connection.recv_bytes()
        files: list[int] = []
        with _socket(connection) as channel:
            while len(files) < count:
                files += recvfds(channel, min(_AT_ONCE, count - len(files)))
        token = _arrived.set(files)
        try:
            return ForkingPickler.loads(content)
        finally:
            _arrived.reset(token)
            for file in files:
                os.close(file)


class _Pickler(ForkingPickler):
    """Notes shared memory as (file, tensor); the tensor keeps the file open."""

    def __init__(self, buffer: BytesIO) -> None:
        super().__init__(buffer, 5)
        self.shared: list[tuple[int, Tensor]] = []

    def reducer_override(self, value: Any) -> Any:
        """Pickle calls this for each object; what isn't for us goes PyTorch's own way."""
        if type(value) is not Tensor or not _is_plain(value):
            return NotImplemented
        plain = value.resolve_conj().resolve_neg().contiguous()
        if plain.nbytes <= _SMALL:
            content = bytearray(plain.reshape(-1).view(torch.uint8).numpy())
            return _copied, (content, plain.dtype, tuple(plain.shape))
        if get_sharing_strategy() != "file_descriptor":
            return NotImplemented
        return self._share(plain)

    def _share(self, tensor: Tensor) -> Any:
        if tensor.untyped_storage().nbytes() != tensor.nbytes:
            tensor = tensor.clone()  # else all that it is a part of would be sent
        file, size = tensor.untyped_storage()._share_fd_cpu_()
        self.shared.append((file, tensor))
        return _mapped, (len(self.shared) - 1, size, tensor.dtype, tuple(tensor.shape))


def _is_plain(tensor: Tensor) -> bool:
    is_dense = tensor.layout is torch.strided and not tensor.is_quantized
    return tensor.device.type == "cpu" and is_dense and not tensor.requires_grad


def _copied(content: bytearray, dtype: torch.dtype, shape: tuple[int, ...]) -> Tensor:
    if prod(shape) == 0:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(content, dtype=dtype).reshape(shape)


def _mapped(number: int, size: int, dtype: torch.dtype, shape: tuple[int, ...]) -> Tensor:
    kind: Any = torch.UntypedStorage  # its types don't tell what torch.multiprocessing uses
    storage = kind._new_shared_fd_cpu(_arrived.get()[number], size)
    return torch.empty(0, dtype=dtype).set_(storage).reshape(shape)


def _socket(connection: Connection) -> socket.socket:
    return socket.fromfd(connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM)
