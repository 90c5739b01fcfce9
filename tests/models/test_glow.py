"""Glow: scales, density, and what it learns of real digits."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from labwork.models import Glow, GlowLevel
from labwork.nn import AffineCoupling, CouplingNet, GlowStep, check_inverse

pytestmark = pytest.mark.usefixtures("seeded")

ROOT = Path(__file__).parents[2]


def perturb(module: nn.Module) -> None:
    """Nothing is zero any more."""
    for parameter in module.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)


def glow(**arguments: object) -> Glow:
    made = Glow(level_count=2, step_count=2, init=perturb, **arguments)
    return made.build((1, 2, 8, 8)).eval()


def test_scales_go_from_fine_to_coarse():
    flow, x = glow(), torch.rand(3, 2, 8, 8)
    latents = flow.encode(x)
    assert [z.shape[1:] for z in latents] == [(4, 4, 4), (16, 2, 2)]
    assert sum(z[0].numel() for z in latents) == x[0].numel()
    assert (flow.decode(latents) - x).abs().max() < 1e-5
    assert check_inverse(flow.transform, x) < 1e-5


def test_latents_are_normal_given_the_coarser_ones():
    """log p(z₁, z₂) = log N(z₂) + log N(z₁; μ(z₂), σ(z₂)), computed by its definition."""
    flow, x = glow(), torch.rand(3, 2, 8, 8, dtype=torch.float64)
    flow.double()
    level0, level1 = flow.transform.children()
    h, ladj0 = level0["squeeze":"prior"].call_and_ladj(x)
    own, rest = h.chunk(2, 1)
    top, ladj1 = level1.call_and_ladj(rest)
    shift, log_scale = level0["prior"]._shift_and_log_scale(level0["prior"].net(rest))
    given = torch.distributions.Normal(-shift * (-log_scale).exp(), (-log_scale).exp())
    normal = torch.distributions.Normal(0.0, 1.0)
    parts = given.log_prob(own).flatten(1).sum(1), normal.log_prob(top).flatten(1).sum(1)
    assert (flow.log_prob(x) - (sum(parts) + ladj0 + ladj1)).abs().max() < 1e-9


def test_reversible_one_has_the_same_gradients():
    flow = glow().double()
    twin = glow(reversible=True).double()
    twin.load_state_dict(flow.state_dict())
    x = torch.rand(3, 2, 8, 8, dtype=torch.float64)
    for made in (flow, twin):
        made.train().log_prob(x).mean().backward()
    for a, b in zip(flow.parameters(), twin.parameters(), strict=True):
        assert (a.grad - b.grad).abs().max() < 1e-10 * max(1, a.grad.abs().max().item())


def test_parts_can_be_exchanged():
    coupling_f = partial(AffineCoupling, partial(CouplingNet, width=8))
    step_f = partial(GlowStep, coupling_f=coupling_f)
    flow = Glow(level_count=1, step_count=1, level_f=partial(GlowLevel, step_f=step_f))
    step = flow.build((1, 1, 4, 4)).transform.level0["steps"]["step0"]
    assert step["coupling"].net.width == 8


def test_sample_at_temperature_zero_is_the_mode():
    flow = glow()
    one, other = flow.sample(2, temperature=0.0)
    assert torch.equal(one, other)


@pytest.mark.slow
def test_example_beats_a_normal_distribution_and_draws(tmp_path: Path):
    pytest.importorskip("sklearn")
    pytest.importorskip("PIL")
    example = str(ROOT / "examples" / "glow_digits.py")
    command = [sys.executable, "-W", "error", example, "run", "--epochs", "8", "--device", "cpu"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    normal, flow = map(float, re.findall(r"needs (\d\.\d+) bits", run.stdout))
    assert flow < normal - 0.1
    assert (tmp_path / "run" / "samples.png").read_bytes().startswith(b"\x89PNG")
