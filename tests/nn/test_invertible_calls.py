"""What a call of an invertible module is: any arguments, a mode, a log in float32."""

import pytest
import torch
from torch import nn

from labwork.nn import (
    ActNorm,
    Identity,
    Invertible,
    Permute,
    PermuteChannels,
    Reshape,
    Seq,
    Squeeze,
)


class Conditional(Invertible):
    """y = x + net(condition)."""

    def setup(self, x, condition=None):
        self.net = nn.Linear(condition.shape[1], x.shape[1])

    def forward(self, x, condition):
        return x + self.net(condition)

    def inverse_forward(self, y, condition):
        return y - self.net(condition)

    def call_and_ladj(self, x, condition):
        return self(x, condition), x.new_zeros(len(x))


def test_methods_take_more_than_one_argument():
    flow, x, condition = Conditional(), torch.randn(2, 3), torch.randn(2, 5)
    y, ladj = flow.call_and_ladj(x, condition=condition)
    assert ladj.shape == (2,)
    torch.testing.assert_close(flow.inverse_forward(y, condition), x)


def test_what_is_not_defined_is_told():
    class Forth(Invertible):
        def forward(self, x):
            return x

    x = torch.ones(1)
    for ask in (Forth().inverse_forward, Forth().call_and_ladj):
        with pytest.raises(NotImplementedError, match="Forth doesn't define"):
            ask(x)


def test_the_way_back_has_the_mode_of_the_way_there():
    norm = ActNorm().build((1, 2))
    assert norm.inverse.training
    norm.eval()
    assert not norm.inverse.training


@pytest.mark.parametrize(
    "make",
    [
        Identity,
        lambda: Permute(0, 2, 3, 1),
        PermuteChannels,
        lambda: Reshape(-1),
        Squeeze,
        lambda: Seq(Identity()),
        Seq,
    ],
)
def test_volume_change_of_half_precision_is_single(make):
    x = torch.ones(2, 4, 4, 4).half()
    module = make().half()
    y, ladj = module.call_and_ladj(x)
    assert ladj.dtype == module.inverse_and_ladj(y)[1].dtype == torch.float32
