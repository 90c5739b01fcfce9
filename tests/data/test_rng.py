"""Random numbers with an address."""

import itertools
import random

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from labwork.data import SampleRng
from labwork.data._rng import epoch_permutation, sample_keys, seeded_globally

NUMPY = np.random.mtrand._rand  # what NumPy's module-level functions draw from
seeds = st.integers(0, 2**64 - 1)
small = st.integers(0, 2**31)
DRAWS = {
    "uniform": lambda rng, size: rng.uniform(-1, 3, size),
    "integers": lambda rng, size: rng.integers(-5, 1000, size),
    "normal": lambda rng, size: rng.normal(1, 2, size),
}


@pytest.mark.parametrize("size", [(), (1,), (3,), (2, 2), (0,), (40,)])
@given(
    seeds,
    small,
    st.lists(small, min_size=1, max_size=5),
    st.lists(st.sampled_from(sorted(DRAWS)), min_size=1, max_size=4),
)
def test_a_sample_alone_gets_its_row_of_any_batch(size, seed, epoch, indices, kinds):
    together = SampleRng(sample_keys(seed, epoch, indices))
    alone = [SampleRng(sample_keys(seed, epoch, i)) for i in indices]
    for kind in kinds:
        rows = DRAWS[kind](together, size)
        assert rows.shape == (len(indices), *size)
        for row, rng in zip(rows, alone, strict=True):
            one = DRAWS[kind](rng, size)
            assert (np.shape(one), one.dtype) == (size, rows.dtype)
            assert np.array_equal(one, row)


@given(seeds, st.integers(-(2**62), 2**62), st.integers(1, 2**20))
@example(seed=0, low=2**61 + 1, width=1)
def test_integers_and_uniform_numbers_stay_in_their_range(seed, low, width):
    rng = SampleRng(sample_keys(seed, 0, range(50)))
    whole = rng.integers(low, low + width, (4,))
    assert whole.dtype == np.int64
    assert low <= whole.min() <= whole.max() < low + width
    scaled = rng.uniform(-width, width, (4,))
    assert -width <= scaled.min() <= scaled.max() < width
    assert np.isfinite(rng.normal(size=(4,))).all()


def columns() -> dict[str, np.ndarray]:
    """Uniform numbers along each coordinate of their addresses."""
    many = range(10_000)

    def first(keys: np.ndarray) -> np.ndarray:
        return SampleRng(keys).uniform(size=(1,)).ravel()

    return {
        "indices": first(sample_keys(1, 2, many)),
        "draws": SampleRng(sample_keys(1, 2, [3])).uniform(size=(10_000,)).ravel(),
        "epochs": np.concatenate([first(sample_keys(1, e, [3])) for e in range(2000)]),
        "seeds": np.concatenate([first(sample_keys(s, 2, [3])) for s in range(2000)]),
        "streams": np.concatenate([first(sample_keys(1, 2, [3], s)) for s in range(2000)]),
    }


@pytest.mark.parametrize(("name", "values"), columns().items())
def test_numbers_are_uniform_and_unrelated_along_each_coordinate(name, values):
    def chi_square(x: np.ndarray, bins: int) -> float:
        counts = np.bincount((x * bins).astype(int), minlength=bins)
        return float(((counts - len(x) / bins) ** 2).sum() / (len(x) / bins))

    assert chi_square(values, 20) < 43.8  # 19 degrees of freedom: 1 in 1000 is above
    pairs = (np.floor(values[:-1] * 5) + values[1:]) / 5  # the bin of one and then of the next
    assert chi_square(pairs, 25) < 51.2  # 24 degrees of freedom
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 4 / np.sqrt(len(values))


def test_normal_numbers_are_normal():
    drawn = SampleRng(sample_keys(0, 0, range(20_000))).normal(2.0, 3.0, (2,))
    z = (drawn - 2) / 3
    assert np.abs(z.mean(0)).max() < 0.03
    assert np.abs((z**2).mean(0) - 1).max() < 0.05
    assert np.abs((np.abs(z) < 1).mean(0) - 0.6827).max() < 0.015
    assert abs(np.corrcoef(z.T)[0, 1]) < 0.03


def test_different_addresses_have_different_keys_and_orders():
    epochs, places = range(6), range(40)
    addresses = list(itertools.product([0, 1, 2, 2**63, 2**64 - 1], epochs, range(6)))
    keys = [sample_keys(seed, epoch, places, stream) for seed, epoch, stream in addresses]
    assert len(np.unique(np.concatenate(keys))) == len(addresses) * len(places)
    orders = {tuple(epoch_permutation(s, e, 30)) for s in range(9) for e in range(9)}
    assert len(orders) == 81
    assert all(sorted(order) == list(range(30)) for order in orders)


def test_addresses_mean_the_same_numbers_for_ever():
    assert [hex(k) for k in sample_keys(1, 2, [3, 4], stream=5).tolist()] == [
        "0xffae12dc71c5facb",
        "0x1bc57dbdf97b7f49",
    ]
    assert epoch_permutation(1, 2, 5).tolist() == [2, 0, 1, 4, 3]
    uniform = SampleRng(sample_keys(1, 2, [3])).uniform(size=(2,))
    assert [x.hex() for x in uniform[0]] == ["0x1.4c7640a5b91e0p-6", "0x1.f565d272b592bp-1"]


@given(seeds, small, small)
def test_generator_is_one_of_numpys_for_one_sample(seed, epoch, index):
    rngs = [SampleRng(sample_keys(seed, epoch, index)) for _ in range(2)]
    drawn = [rng.generator().normal(size=3).tolist() for rng in rngs]
    assert drawn[0] == drawn[1] != rngs[0].generator().normal(size=3).tolist()
    with pytest.raises(ValueError, match="for one sample"):
        SampleRng(sample_keys(seed, epoch, [index])).generator()


@given(seeds)
def test_global_generators_depend_on_the_key_inside_and_are_untouched_outside(key):
    def draw() -> list[float]:
        return [random.random(), NUMPY.rand(), float(torch.rand(())), random.gauss(0, 1)]

    def states() -> str:
        return repr([random.getstate(), NUMPY.get_state(), torch.get_rng_state().tolist()])

    before, threads = states(), torch.get_num_threads()
    drawn = []
    for _ in range(2):
        with seeded_globally(key):
            drawn.append(draw())
        assert (states(), torch.get_num_threads()) == (before, threads)
    assert drawn[0] == drawn[1]
