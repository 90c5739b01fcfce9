"""A flow's head is the mixture of Gaussians that it says it is."""

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from labwork.core import ConfigError
from labwork.nn import FlowHead, Seq, Squeeze


@pytest.mark.parametrize("std", [0.5, 2.0])
def test_it_has_the_densities_of_a_mixture(std: float):
    head = FlowHead(3, std=std).double().build((1, 2, 2, 1))
    torch.nn.init.normal_(head.class_logits)
    z = torch.randn(5, 2, 2, 1, dtype=torch.float64)
    parts = Independent(Normal(head.means, std), 1)
    mixture = MixtureSameFamily(Categorical(logits=head.class_logits), parts)
    torch.testing.assert_close(head(z).logsumexp(1), mixture.log_prob(z.flatten(1)))
    expected = parts.log_prob(z.flatten(1)[:, None]) + head.class_logits.log_softmax(0)
    torch.testing.assert_close(head(z), expected)


def test_it_stands_behind_a_flow_and_gradients_reach_all():
    model = Seq(flow=Squeeze(), head=FlowHead(3))
    model(torch.rand(2, 1, 4, 4)).logsumexp(1).sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())


def test_a_deviation_is_positive():
    with pytest.raises(ConfigError, match="std is above 0, not 0"):
        FlowHead(3, std=0)
