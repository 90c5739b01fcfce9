"""What a worker sends arrives as it was, whatever it is made of."""

import os
import threading
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.data import Batch
from labwork.data._workers._parcel import Parcel

LARGE = 100_000
FILES = Path("/proc/self/fd")
DTYPES = [torch.float32, torch.uint8, torch.bool, torch.int64, torch.bfloat16, torch.complex64]


def sent(value: Any) -> Any:
    ours, theirs = Pipe()
    sender = threading.Thread(target=lambda: Parcel(value).send(theirs))
    sender.start()
    arrived = Parcel.receive(ours)
    sender.join()
    ours.close()
    theirs.close()
    return arrived


def made(dtype: torch.dtype, *shape: int) -> torch.Tensor:
    return torch.randint(0, 2, shape).to(dtype)


@given(
    st.sampled_from(DTYPES),
    st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from([1, LARGE]),
)
def test_tensors_arrive_bit_by_bit(dtype, shape, width):
    tensor = made(dtype, *shape, width)
    arrived = sent(tensor)
    assert (arrived.dtype, arrived.shape) == (dtype, tensor.shape)
    assert torch.equal(arrived, tensor)
    arrived.fill_(1)  # it is the receiver's own


VIEWS = {
    "part": lambda t: t[10:-10],
    "transposed": lambda t: t.reshape(4, -1).mT,
    "expanded": lambda t: t[:1].expand(LARGE),
    "conjugate": lambda t: t.to(torch.complex64).mul(1j).conj(),
    "requires grad": lambda t: t.requires_grad_(),
    "parameter": torch.nn.Parameter,
    "small part": lambda t: t[5:7],
    "scalar": lambda t: t[3],
}


@pytest.mark.parametrize("change", VIEWS.values(), ids=VIEWS)
def test_views_and_kinds_arrive_as_what_they_show(change):
    tensor = change(torch.arange(float(LARGE)))
    ours, theirs = Pipe()
    parcel = Parcel(tensor)
    parcel.send(theirs)
    arrived = Parcel.receive(ours)
    assert type(arrived) is type(tensor)
    assert torch.equal(arrived, tensor)
    ours.close()
    theirs.close()


def test_nested_values_arrive():
    large = torch.rand(LARGE)
    value = Batch(a=[large, "x" * LARGE], b={"c": (np.arange(3), None)}, d=torch.tensor(5))
    arrived = sent(value)
    assert type(arrived) is Batch
    assert torch.equal(arrived.a[0], large)
    assert (arrived.a[1], arrived.b["c"][0].tolist(), arrived.d.item()) == (
        "x" * LARGE,
        [0, 1, 2],
        5,
    )


@pytest.mark.skipif(not FILES.exists(), reason="needs /proc")
def test_many_tensors_leave_no_open_files_behind():
    before = len(list(FILES.iterdir()))
    arrived = sent([torch.full((LARGE,), i) for i in range(150)])
    assert [int(tensor[-1]) for tensor in arrived] == list(range(150))
    del arrived
    assert len(list(FILES.iterdir())) == before


def test_what_was_sent_outlives_the_sender():
    ours, theirs = Pipe()
    if (child := os.fork()) == 0:
        Parcel(torch.arange(LARGE)).send(theirs)
        os._exit(0)
    os.waitpid(child, 0)
    theirs.close()
    assert torch.equal(Parcel.receive(ours), torch.arange(LARGE))
    with pytest.raises(EOFError):
        Parcel.receive(ours)
    ours.close()
