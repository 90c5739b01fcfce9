"""Random shift against a plain loop."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from labwork.data import ArrayDataset, Batch, RandomShift, Record, SampleRng
from labwork.data._rng import sample_keys

sizes = st.integers(1, 6)


def shifted_plainly(image: torch.Tensor, most: int, rng: SampleRng) -> torch.Tensor:
    down, right = (most - rng.integers(0, 2 * most + 1, size=(2,))).tolist()
    out = torch.zeros_like(image)
    _, height, width = image.shape
    for y in range(height):
        for x in range(width):
            if 0 <= y - down < height and 0 <= x - right < width:
                out[:, y, x] = image[:, y - down, x - right]
    return out


@given(st.integers(1, 5), st.integers(1, 3), sizes, sizes, st.integers(0, 7), st.integers(0, 2**32))
def test_batched_is_per_sample_is_a_plain_loop(count, channels, height, width, most, seed):
    images = torch.arange(1.0, count * channels * height * width + 1)
    images = images.reshape(count, channels, height, width)
    shift, indices = RandomShift(most, field="picture"), torch.arange(count) * 3
    keys = sample_keys(seed, 1, indices.numpy())
    batch = shift(Batch(picture=images, label=indices), SampleRng(keys))
    assert type(batch) is Batch
    assert torch.equal(batch.label, indices)
    for i, (image, key) in enumerate(zip(images, keys, strict=True)):
        alone = shift(Record(picture=image), SampleRng(key.reshape(()))).picture
        assert torch.equal(alone, batch.picture[i])
        assert torch.equal(alone, shifted_plainly(image, most, SampleRng(key.reshape(()))))


def test_all_shifts_occur_about_equally_often():
    image = torch.zeros(1, 5, 5)
    image[0, 2, 2] = 1
    dataset = ArrayDataset(image=image.expand(2250, 1, 5, 5)).augment(RandomShift(1))
    counts = dataset.get_batch(torch.arange(2250).numpy()).image.sum((0, 1))
    assert counts.sum() == 2250
    assert (counts[1:4, 1:4] - 250).square().sum() / 250 < 26.1  # chi-square, 8 degrees of freedom


def test_no_shift_changes_nothing():
    images = torch.rand(3, 2, 4, 4)
    shifted = ArrayDataset(image=images).augment(RandomShift(0)).get_batch(torch.arange(3).numpy())
    assert torch.equal(shifted.image, images)


def test_repr_reads_like_the_arguments():
    assert repr(RandomShift(2)) == "RandomShift(2)"
    assert repr(eval(repr(RandomShift(2, field="mask")))) == repr(RandomShift(2, field="mask"))
    assert "mask" in repr(RandomShift(2, field="mask"))
