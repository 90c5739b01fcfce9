"""Trainer: gradients, schedules, evaluation, losses that aren't finite."""

import math
from collections.abc import Callable
from functools import partial
from operator import eq
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils._pytree import tree_flatten

from labwork.core import ConfigError, NonFiniteError, StateError
from labwork.training import (
    Callback,
    ClassificationAccuracy,
    GradientUpdate,
    MeanLoss,
    cosine_lr,
    supervised_step,
)

BATCHES = 6  # of 4 samples, the last one of 2


def parameters(model: nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().reshape(-1) for p in model.parameters()])


@pytest.mark.parametrize("clip_norm", [None, 0.05])
@pytest.mark.parametrize("accumulation", [2, 3, 4, 7])
def test_accumulated_gradient_is_that_of_the_big_batch(
    make_trainer: Any, make_data: Any, accumulation: int, clip_norm: float | None
):
    data = make_data(22)
    small = make_trainer(batch_size=4, accumulation_count=accumulation, clip_norm=clip_norm)
    big = make_trainer(batch_size=4 * accumulation, clip_norm=clip_norm)
    small.train(data)
    big.train(data)
    assert small.update.count == big.update.count == 2 * math.ceil(BATCHES / accumulation)
    torch.testing.assert_close(parameters(small.model), parameters(big.model), rtol=0, atol=1e-12)


def test_window_ends_with_an_epoch_that_is_ended_early(make_trainer: Any, make_data: Any):
    class EndEpoch(Callback):
        def step_completed(self, trainer: Any, result: Any) -> None:
            trainer.loop.terminate_epoch()

    trainer = make_trainer(accumulation_count=3)
    trainer.callbacks.add(EndEpoch())
    before = parameters(trainer.model)
    trainer.train(make_data())
    assert trainer.update.count == 2
    assert trainer.update.window_batches == 0
    assert not torch.equal(parameters(trainer.model), before)


def test_clipped_gradient_has_the_norm(make_trainer: Any, make_data: Any):
    trainer = make_trainer(epoch_count=1, batch_size=100, clip_norm=0.01)
    before = parameters(trainer.model)
    trainer.train(make_data())
    moved = (parameters(trainer.model) - before).norm().item()
    assert moved == pytest.approx(0.1 * 0.01, rel=1e-4)


@pytest.mark.parametrize(
    ("every", "accumulation", "steps"),
    [("1it", 1, 12), ("1it", 4, 4), ("2it", 1, 6), ("3it", 4, 1), ("1ep", 4, 2), ("2ep", 1, 1)],
)
def test_schedule_counts_updates_or_epochs(
    make_trainer: Any, make_data: Any, every: str, accumulation: int, steps: int
):
    def halve(optimizer: Any) -> LambdaLR:
        return LambdaLR(optimizer, lambda step: 0.5**step)

    trainer = make_trainer(
        lr_scheduler_f=halve, lr_every=every, accumulation_count=accumulation, epoch_count=2
    )
    trainer.train(make_data())
    assert trainer.optimizer.param_groups[0]["lr"] == 0.1 * 0.5**steps


@pytest.mark.parametrize("accumulation", [1, 4])
def test_schedule_knows_how_long_training_is(make_trainer: Any, make_data: Any, accumulation: int):
    schedule = partial(cosine_lr, end_factor=0.25)
    trainer = make_trainer(lr_scheduler_f=schedule, lr_every="1it", accumulation_count=accumulation)
    trainer.train(make_data())
    assert trainer.optimizer.param_groups[0]["lr"] == pytest.approx(0.1 * 0.25)


def test_evaluation_leaves_no_trace(make_trainer: Any, make_data: Any):
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Dropout(0.5)).double()
    trainer = make_trainer(model)
    trainer.prepare(make_data())
    modes: list[bool] = []
    model.register_forward_pre_hook(lambda module, inputs: modes.append(module.training))
    before = torch.get_rng_state(), {k: v.clone() for k, v in model.state_dict().items()}
    for training in (True, False):
        model.train(training)
        trainer.evaluate(make_data(9, seed=5), "val")
        assert model.training == training
    assert set(modes) == {False}
    assert torch.equal(torch.get_rng_state(), before[0])
    assert all(torch.equal(value, before[1][key]) for key, value in model.state_dict().items())


def test_evaluation_comes_out_as_computed_at_once(make_trainer: Any, make_data: Any):
    trainer = make_trainer(eval_batch_size=4)
    data = make_data(9, seed=5)
    results = trainer.evaluate(data, "val")
    batch = data.get_batch(torch.arange(9).numpy())
    with torch.no_grad():
        out = trainer.model(batch.image)
    assert results["accuracy"] == (out.argmax(1) == batch.label).double().mean().item()
    loss = nn.functional.cross_entropy(out, batch.label).item()
    assert results["loss"] == pytest.approx(loss, abs=1e-12)
    assert trainer.history.last("val").values == results


def test_failed_evaluation_gives_the_mode_back(make_trainer: Any, make_data: Any):
    def fail(trainer: Any, batch: Any) -> None:
        raise ZeroDivisionError

    trainer = make_trainer(eval_step=fail)
    with pytest.raises(ZeroDivisionError):
        trainer.evaluate(make_data())
    assert trainer.model.training


def test_training_changes_with_no_evaluation(make_trainer: Any, make_data: Any):
    class Evaluate(Callback):
        def step_completed(self, trainer: Any, result: Any) -> None:
            trainer.evaluate(make_data(9, seed=5))

    models = []
    for callbacks in ([], [Evaluate()]):
        torch.manual_seed(2)
        model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 2)).double()
        trainer = make_trainer(model)
        for callback in callbacks:
            trainer.callbacks.add(callback)
        trainer.train(make_data())
        models.append(parameters(model))
    assert torch.equal(*models)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("accumulation", [1, 2])
def test_stop_raises_with_the_step(
    make_trainer: Any, make_data: Any, poisoned: Any, value: float, accumulation: int
):
    trainer = make_trainer(train_step=poisoned(7, value), accumulation_count=accumulation)
    with pytest.raises(NonFiniteError, match="in step 8;") as caught:
        trainer.train(make_data())
    assert caught.value.step == 7
    assert trainer.loop.step == 7
    assert parameters(trainer.model).isfinite().all()


def test_skip_leaves_the_step_out(make_trainer: Any, make_data: Any, poisoned: Any):
    def leaving_out(trainer: Any, batch: Any) -> Any:
        return None if trainer.loop.step == 7 else supervised_step(trainer, batch)

    skipping = make_trainer(train_step=poisoned(7), on_nonfinite="skip")
    expected = make_trainer(train_step=leaving_out)
    skipping.train(make_data())
    expected.train(make_data())
    assert skipping.update.guard.skipped == 1
    assert (skipping.loop.step, skipping.update.count) == (12, 11)
    assert torch.equal(parameters(skipping.model), parameters(expected.model))


def test_skipped_batch_of_a_window_has_no_weight(make_trainer: Any, make_data: Any, poisoned: Any):
    trainer = make_trainer(
        train_step=poisoned(0), on_nonfinite="skip", accumulation_count=6, epoch_count=1
    )
    twin = make_trainer(epoch_count=1, batch_size=18)
    trainer.train(make_data())
    loader = trainer.loader
    loader.seek(0, 1)
    rest = list(loader)
    x, label = torch.cat([b.image for b in rest]), torch.cat([b.label for b in rest])
    twin.train([(x, label)])
    torch.testing.assert_close(
        parameters(trainer.model), parameters(twin.model), atol=1e-12, rtol=0
    )


def test_ignore_goes_on(make_trainer: Any, make_data: Any, poisoned: Any):
    trainer = make_trainer(train_step=poisoned(7), on_nonfinite="ignore")
    trainer.train(make_data())
    assert trainer.loop.step == 12
    with pytest.raises(NonFiniteError, match="parameter weight"):
        trainer.check_finite()


def test_unknown_way_to_treat_nonfinite_losses(make_trainer: Any):
    with pytest.raises(ConfigError, match="stop, skip or ignore"):
        make_trainer(on_nonfinite="stopp")


@pytest.mark.parametrize("stop_at", [1, 2, 5, 6, 7, 8, 11])
def test_state_is_all_it_takes_to_go_on(
    make_trainer: Any, make_data: Any, tmp_path: Any, stop_at: int
):
    class Stop(Callback):
        def step_completed(self, trainer: Any, result: Any) -> None:
            if trainer.loop.step == stop_at:
                trainer.loop.interrupt()

    def new() -> Any:
        torch.manual_seed(2)
        model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 2)).double()
        return make_trainer(
            model,
            accumulation_count=4,
            lr_scheduler_f=cosine_lr,
            lr_every="1it",
            optimizer_f=lambda m: torch.optim.Adam(m.parameters(), lr=0.1),
        )

    whole, first, second = new(), new(), new()
    torch.manual_seed(9)
    whole.train(make_data())
    first.callbacks.add(Stop())
    torch.manual_seed(9)
    first.train(make_data())
    torch.save(first.state_dict(), tmp_path / "state.pt")
    second.prepare(make_data())
    torch.manual_seed(10)
    second.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    second.train()
    assert torch.equal(parameters(second.model), parameters(whole.model))
    assert second.loop.step == whole.loop.step == 12
    assert torch.equal(torch.get_rng_state(), second.random.state_dict()["torch"])


def test_every_part_of_the_state_survives_the_file(
    make_trainer: Any, make_data: Any, tmp_path: Any
):
    class Counter(Callback):
        state_fields = ("count", "notes")
        count, notes = 0, None

        def step_completed(self, trainer: Any, result: Any) -> None:
            self.count += 1
            self.notes = {"loss": result.loss, "list": [1.5, "a", None, True]}

    def extension(trainer: Any) -> nn.Module:
        return nn.Linear(1, 1)

    def new() -> Any:
        trainer = make_trainer(extension_fs=[extension], metric_fs=[ClassificationAccuracy])
        trainer.callbacks.add(Counter())
        trainer.prepare(make_data())
        return trainer

    trainer, other = new(), new()
    trainer.train()
    torch.save(trainer.state_dict(), tmp_path / "state.pt")
    loaded = torch.load(tmp_path / "state.pt", weights_only=True)
    other.load_state_dict(loaded)
    assert set(loaded) >= {"model", "optimizer", "update", "random", "loop", "extensions"}
    assert loaded["loop"]["callbacks"]["Counter"]["count"] == 12
    (values, form), (expected, expected_form) = map(
        tree_flatten, (other.state_dict(), trainer.state_dict())
    )
    assert form == expected_form
    for value, original in zip(values, expected, strict=True):
        same = torch.equal if isinstance(original, torch.Tensor) else eq
        assert same(value, original)


def test_state_of_another_model_is_refused_by_name(make_trainer: Any, make_data: Any):
    trainer, other = make_trainer(), make_trainer(nn.Sequential(nn.Linear(3, 2)))
    trainer.prepare(make_data())
    with pytest.raises(StateError, match=r"model: .*0\.weight"):
        trainer.load_state_dict(other.state_dict())


def test_training_needs_data(make_trainer: Any):
    with pytest.raises(ConfigError, match="train\\(dataset\\)"):
        make_trainer().train()


def test_loader_of_ones_own_is_used_as_it_is(make_trainer: Any):
    batches = [(torch.ones(2, 3).double(), torch.zeros(2).long())] * 3
    trainer = make_trainer()
    trainer.train(batches)
    assert trainer.loop.step == 6
    assert trainer.evaluate(batches)["loss"] < math.log(2)


@pytest.mark.parametrize("samples", [[3, 1], [1, 1, 5]])
def test_window_weighs_losses_with_their_samples(samples: list[int]):
    weight = nn.Parameter(torch.zeros((), dtype=torch.float64))
    update = GradientUpdate(torch.optim.SGD([weight], lr=1.0), accumulation_count=len(samples))
    slopes = [float(i + 1) for i in range(len(samples))]
    made = [update(weight * s, sample_count=n) for s, n in zip(slopes, samples, strict=True)]
    assert made == [False] * (len(samples) - 1) + [True]
    mean = sum(s * n for s, n in zip(slopes, samples, strict=True)) / sum(samples)
    assert weight.item() == pytest.approx(-mean)


def test_accumulation_count_must_be_positive(make_trainer: Any):
    with pytest.raises(ConfigError, match="1 or more"):
        make_trainer(accumulation_count=0)


def test_metrics_are_made_anew(make_trainer: Any):
    trainer = make_trainer(metric_fs=[MeanLoss, ClassificationAccuracy])
    first, second = trainer.make_metrics(), trainer.make_metrics()
    assert list(first) == ["loss", "accuracy"]
    assert first["loss"] is not second["loss"]


def test_jitter_reaches_training_alone(make_trainer: Any, make_data: Any):
    seen: list[Callable[..., Any]] = []

    def jitter(record: Any, rng: Any) -> Any:
        seen.append(rng)
        return record

    trainer = make_trainer(jitter=jitter, epoch_count=1)
    trainer.evaluate(make_data())
    assert not seen
    trainer.train(make_data())
    assert len(seen) == 22
