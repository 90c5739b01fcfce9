"""From strings and their YAML forms to data, models and trainers."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from labwork.config import compose
from labwork.core import ConfigError, RunError
from labwork.data import Digits, FunctionDataset, Record
from labwork.experiments import (
    ExperimentSpec,
    build_experiment,
    evaluate_run,
    get_model,
    get_prepared_data_for_trainer,
    get_trainer,
)
from labwork.experiments._prepare import prepare
from labwork.runtime import RandomState

DIGITS = Digits("test")


@pytest.mark.parametrize(
    ("source", "lengths"),
    [
        ("Digits{train,val}", {"train": 1297, "val": 200}),
        ("train,test:Digits{trainval,test}", {"train": 1497, "test": 300}),
        ("train,test:Digits{trainval,test}:(d[0][:100],d[1])", {"train": 100, "test": 300}),
        ("Digits{train,test}:(d[0][:10]+d[0][:5],d[1][[1,2]])", {"train": 15, "test": 2}),
        ("a:Digits{train}:d[0].filter(lambda r: r.label < 1)", {"a": 135}),
        (
            "a,b : Digits{train} , Digits{val} : [x[:n] for x, n in zip(d, (3, 4))]",
            {"a": 3, "b": 4},
        ),
        ([{"name": "Digits", "subsets": ["train", "val"]}], {"train": 1297, "val": 200}),
        (["Digits{train}", {"name": "Digits", "subset": "val"}], {"train": 1297, "Digits": 200}),
        (
            {
                "names": ["train", "few"],
                "datasets": ["Digits{trainval,test}"],
                "transform": "(d[0], d[1][:7])",
            },
            {"train": 1497, "few": 7},
        ),
    ],
    ids=str,
)
def test_data(source: Any, lengths: dict[str, int]):
    data = get_prepared_data_for_trainer(source)
    assert {name: len(dataset) for name, dataset in data.items()} == lengths
    for dataset in data.values():
        assert dataset[0].image.shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Digits", "DATA: write the subsets of Digits: 'Digits{train,val,test,trainval,all}'"),
        ("Digits{train},Digits{train}", "DATA: there are two datasets called 'train'"),
        ("a:Digits{train,val}", "DATA: 2 datasets, but 1 names: a"),
        ("Digits{train,val}:d[0]", "DATA: 1 datasets, but 2 names: train, val"),
        ("Digits{train}:3", "DATA: the expression gives a int, no dataset"),
        ("Digits{train}:e", "DATA: unknown name 'e'"),
        ("nn.Linear{train}", "DATA: unknown dataset 'nn.Linear'"),
        ({"dataset": []}, "DATA: datasets must be given"),
        ({"datasets": [], "nmes": []}, "DATA/nmes: unknown key 'nmes'"),
        ({"datasets": "Digits{train}"}, "DATA/datasets: expected a list"),
        ([{"subsets": ["train"]}], "name must be given"),
        (3, "DATA: expected a mapping, got 3"),
        (["a:Digits{train}"], "DATA/0: names and an expression are keys beside 'datasets'"),
        ([{"name": "Digits{train}"}], "DATA/0/name: "),
        ([{"name": "Digits", "subsets": "train"}], "DATA/0/subsets: expected a list"),
        ("Digits{train}:d[0][:0]", "DATA: train: Digits('train')[:0] has no samples"),
        ("Digits{train}:d[0].map(lambda r: 3)", "are no records: 3"),
    ],
    ids=str,
)
def test_wrong_data(source: Any, message: str):
    with pytest.raises(ConfigError) as caught:
        get_prepared_data_for_trainer(source)
    assert message in str(caught.value)


def test_filter_may_look_at_many_samples_but_a_little_at_each():
    many = "train:" + ",".join(["Digits{all}"] * 100) + ":d[0].join(*d[1:])"
    for condition in (
        "r.label >= 0 and r.label * 3 - 2 != 7 and not r.label > 9",
        "len(r.image) == 1",
    ):
        data = get_prepared_data_for_trainer(f"{many}.filter(lambda r: {condition})")
        assert len(data["train"]) > 100_000
    for condition in ("[0 for _ in range(5000)]", "d[0].filter(lambda s: s.label == r.label)"):
        with pytest.raises(ConfigError, match="too m"):
            get_prepared_data_for_trainer(f"Digits{{all}}:d[0].filter(lambda r: {condition})")


@pytest.mark.parametrize(
    ("image", "shape"),
    [
        (np.full((6, 5, 3), 255, np.uint8), (3, 6, 5)),
        (np.full((6, 5), 255, np.uint8), (1, 6, 5)),
        (np.full((6, 5), 65535, np.uint16), (1, 6, 5)),
        (np.ones((6, 5, 4), bool), (4, 6, 5)),
        (np.ones((6, 5, 3), np.float64), (3, 6, 5)),
        (torch.full((3, 6, 4), 255, dtype=torch.uint8), (3, 6, 4)),
        (torch.full((6, 5, 3), 255, dtype=torch.uint8), (3, 6, 5)),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_prepared_images_are_chw_in_the_unit_interval(image: Any, shape: tuple[int, ...]):
    sample = prepare(FunctionDataset(lambda i: Record(image=image, label=i), 2))[1]
    assert sample.image.shape == shape
    assert sample.image.dtype == torch.float32
    assert (sample.image == 1).all()
    assert sample.label == torch.tensor(1)


def test_prepared_data_stays_as_it_is():
    assert prepare(DIGITS) is DIGITS


MODELS = {
    "tree": "SmallImageClassifier,widths=(4,8),norm_f=t(eps=0.5),act_f=nn.SiLU",
    "other factory": "models.SmallImageClassifier,widths=[4,8],norm_f=ft(nn.BatchNorm2d,eps=0.5),"
    "act_f=lambda: nn.SiLU()",
    "plain": {
        "name": "SmallImageClassifier",
        "widths": [4, 8],
        "norm_f": {"eps": 0.5},
        "act_f": "=nn.SiLU",
    },
}


@pytest.mark.parametrize("source", MODELS.values(), ids=MODELS)
def test_models_are_edited_deeply(source: Any):
    model = get_model(source, "id", DIGITS)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    assert [m.eps for m in norms] == [0.5, 0.5]
    assert sum(isinstance(m, nn.SiLU) for m in model.modules()) == 2
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("SmallImageClassifier,nrom_f=t(eps=1)", "MODEL: SmallImageClassifier has no argument"),
        ("SmallImageClassifier,norm_f=t(esp=1)", "SmallImageClassifier.norm_f (BatchNorm2d) has"),
        ("SmallImageClassifier,widths=t(a=1)", "MODEL: SmallImageClassifier.widths is (32, 64"),
        ("SmallImageClasifier", "did you mean 'SmallImageClassifier'?"),
        ("recipes.digits", "MODEL: unknown model 'recipes.digits'"),
        ("SmallImageClassifier,3", "MODEL: write a name, then name=value"),
        ("", "MODEL: write a name"),
        ("'pytorch/vision','resnet18'", "MODEL: 'pytorch/vision' is code from the network"),
        ("'pytorch/vision'", "MODEL: a model of PyTorch's Hub is a repository and a name"),
        ("'./nowhere','resnet18'", "MODEL: there is no hubconf.py in ./nowhere"),
        ({"nme": "SmallImageClassifier"}, "MODEL: name must be given"),
        ({"name": "SmallImageClassifier", "act_f": "=nn.os"}, "MODEL/act_f: unknown"),
        ({"name": "SmallImageClassifier,dropout=0.9"}, "must be a name alone"),
        ("SmallImageClassifier,widths=(-3,)", "MODEL: SmallImageClassifier takes widths of 1"),
        ("SmallImageClassifier,class_count=-3", "takes class_count of 1 or more, not -3"),
    ],
    ids=str,
)
def test_wrong_models(source: Any, message: str):
    with pytest.raises(ConfigError) as caught:
        get_model(source, "id", DIGITS)
    assert message in str(caught.value)


def test_model_of_a_local_hub(tmp_path: Path):
    (tmp_path / "hubconf.py").write_text(
        "from torch import nn\n\ndef net(width):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(64, width))\n"
    )
    model = get_model(f"'{tmp_path}','net',width=3", "id", DIGITS)
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 3)
    with pytest.raises(ConfigError, match="MODEL: load fails: Cannot find callable"):
        get_model(f"'{tmp_path}','nett',width=3", "id", DIGITS)


@pytest.mark.parametrize(
    ("adapter", "expected"),
    [
        ("id", 1.0),
        ("standardize(mean=0.5,std=0.25)", 2.0),
        ("nn.Upsample(scale_factor=2)", 1.0),
        ("(standardize(mean=0,std=0.5), nn.ReLU)", 2.0),
        ({"name": "standardize", "mean": 0.5, "std": 0.25}, 2.0),
        ({"name": "id"}, 1.0),
        ({"$tuple": ["=standardize(mean=0,std=0.5)", "=nn.ReLU"]}, 2.0),
    ],
    ids=str,
)
def test_input_adapters(adapter: Any, expected: float):
    model = get_model("SmallImageClassifier", adapter, DIGITS)
    assert (model.input_adapter(torch.ones(1, 1, 8, 8)) == expected).all()


TRAINERS = {
    "string": "recipes.digits,epoch_count=3,optimizer_f=t(lr=0.5),lr_scheduler_f=ConstLR,"
    "jitter=None,loss=t(label_smoothing=0)",
    "ct": "ct.digits,epoch_count=3,optimizer_f=t(optimizer_f=AdamW,lr=0.5),"
    "lr_scheduler_f=ConstLR,jitter=None,loss=t(label_smoothing=0)",
    "plain": {
        "recipes": ["recipes.digits"],
        "epoch_count": 3,
        "optimizer_f": {"lr": 0.5},
        "lr_scheduler_f": "=ConstLR",
        "jitter": None,
        "loss": {"label_smoothing": 0},
    },
    "plain recipe": {
        "recipes": "recipes.digits",
        "epoch_count": "=1+2",
        "optimizer_f": "=OptimizerMaker(AdamW, lr=1/2, weight_decay=0.05)",
        "lr_scheduler_f": "=ConstLR",
        "jitter": None,
        "loss": {"label_smoothing": 0},
    },
}


@pytest.mark.parametrize("source", TRAINERS.values(), ids=TRAINERS)
def test_trainers_edit_what_recipes_say(source: Any):
    trainer = get_trainer(source, nn.Linear(2, 2))
    (group,) = trainer.optimizer.param_groups
    assert (group["lr"], group["weight_decay"]) == (0.5, 0.05)
    assert (trainer.epoch_count, trainer.jitter) == (3, None)
    assert trainer.loss.keywords == {"label_smoothing": 0}
    assert trainer.config["lr_scheduler_f"] == "labwork.training.constant_lr"


def test_recipe_of_cifar_is_edited_as_a_string_says():
    text = "ct.resnet_cifar,lr_scheduler_f=ConstLR,epoch_count=50,jitter=None"
    trainer = get_trainer(text, nn.Linear(2, 2))
    assert (trainer.epoch_count, trainer.batch_size, trainer.jitter) == (50, 128, None)
    assert trainer.config["lr_scheduler_f"] == "labwork.training.constant_lr"
    jittered = get_trainer("ct.resnet_cifar,jitter=PadCropFlip(2)>>Cutout(4)", nn.Linear(2, 2))
    assert repr(jittered.jitter) == "Sequential(PadCropFlip(2), Cutout(4))"


def test_trying_a_trainer_out_leaves_no_trace():
    source = "recipes.digits,lr_scheduler_f=partial(OneCycleLR,max_lr=0.1)"
    model = nn.Linear(2, 2)
    before = RandomState().state_dict()
    tried, plain = (get_trainer(source, model, data=data) for data in (DIGITS, None))
    after = RandomState().state_dict()
    assert torch.equal(before["torch"], after["torch"])
    assert torch.equal(before["python"][1], after["python"][1])
    assert tried.optimizer.param_groups[0].keys() == plain.optimizer.param_groups[0].keys()
    assert tried.loader is None
    with pytest.raises(ConfigError, match=r"TRAINER: .*max_lr"):
        get_trainer("recipes.digits,lr_scheduler_f=OneCycleLR", model, data=DIGITS)


def test_recipes_are_not_changed():
    get_trainer("recipes.digits,optimizer_f=t(lr=0.5)", nn.Linear(2, 2))
    trainer = get_trainer("recipes.digits", nn.Linear(2, 2))
    assert trainer.optimizer.param_groups[0]["lr"] == 3e-3


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("recipes.digits,optimizer_f=t(lrr=1)", "unknown argument 'lrr' in AdamW; did you mean"),
        ("recipes.digits,los=t()", "TRAINER: unknown argument 'los' in the trainer"),
        ("recipes.digits,loss=t(label_smooth=1)", "did you mean 'label_smoothing'"),
        ("recipes.digits,seed=3", "TRAINER: seed is an option of its own: --seed"),
        ("recipes.digit", "did you mean 'recipes.digits'"),
        ("AdamW", "TRAINER: unknown recipe 'AdamW'"),
        ("recipes.digits,epoch_count=2**99999", "TRAINER: "),
        ({"recipe": "recipes.digits"}, "unknown argument 'recipe' in the trainer"),
        ({"recipes": ["recipes.digit"]}, "did you mean 'recipes.digits'"),
        ({"recipes": ["recipes.digits,epoch_count=1"]}, "must be a name alone"),
        (
            "recipes.digits,epoch_count=-1",
            "TRAINER: Trainer takes epoch_count of 0 or more",
        ),
        ("recipes.digits,optimizer_f=t(lr=-1)", "TRAINER: "),
        ("recipes.digits,loss=3", "TRAINER: loss=3 must be callable"),
        ("recipes.digits,metric_fs=[3]", "TRAINER: metric_fs[0]=3 must be callable"),
        ({"recipes": [], "loss": "=cross_entropyy"}, "TRAINER/loss: unknown"),
    ],
    ids=str,
)
def test_wrong_trainers(source: Any, message: str):
    with pytest.raises(ConfigError) as caught:
        get_trainer(source, nn.Linear(2, 2))
    assert message in str(caught.value)


FILE = """\
data: Digits{train,val}
model:
  name: SmallImageClassifier
  widths: [4, 8]
  norm_f: {eps: 1e-2}
trainer:
  recipes: recipes.digits
  epoch_count: 1
  optimizer_f: {lr: 1e-3}
name: first
"""


def test_frozen_config_composes_to_itself(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(FILE)
    config = compose([tmp_path / "a.yaml"], ["trainer/batch_size=100"])
    run = build_experiment(ExperimentSpec.read(config), tmp_path, origin=config.origin)
    run.run()
    frozen = compose([run.path / "config.yaml"], [])
    again = build_experiment(ExperimentSpec.read(frozen), tmp_path / "b", origin=frozen.origin)
    again.run()
    for name in ("config.yaml", "history.jsonl", "checkpoints/last/model.pt"):
        assert (again.path / name).read_bytes() == (run.path / name).read_bytes()
    assert frozen["every"]["eval"] == "1ep"
    assert frozen["resolved"]["model"]["labwork.models.SmallImageClassifier"]["dropout"] == 0.2


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model/norm_f/eps==nn.Lenear", "command line: model/norm_f/eps: unknown"),
        ("trainer/optimizer_f/lrr=1", "command line: trainer/optimizer_f/lrr: unknown argument"),
        (
            "trainer/batch_size=0",
            "command line: trainer/batch_size: Trainer takes",
        ),
        ("data=Digits{trian}", "command line: data: unknown subset 'trian' in Digits"),
        ("data=Digits{val}", "command line: data: no data is for training"),
        ("device=cdua", "command line: device: "),
        ("params=no.pt", "command line: params: there is no file no.pt"),
        ("data=Digts{train}", "command line: data: unknown dataset 'Digts'"),
        ("metrics=MeanLos", "command line: metrics: unknown metric 'MeanLos'"),
        ("input_adapter=standardise", "command line: input_adapter: unknown input adapter"),
    ],
)
def test_errors_tell_where_the_leaf_was_written(tmp_path: Path, override: str, message: str):
    (tmp_path / "a.yaml").write_text(FILE)
    config = compose([tmp_path / "a.yaml"], [override])
    with pytest.raises(ConfigError) as caught:
        build_experiment(ExperimentSpec.read(config), tmp_path, origin=config.origin)
    assert str(caught.value).startswith(message)
    assert not (tmp_path / "first").exists()


KEPT = "labwork_kept"


def test_only_free_keys_may_differ_on_resuming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An argument of a model may be called as an option of the run is."""
    (tmp_path / f"{KEPT}.py").write_text(
        "from torch import nn\n\nclass Net(nn.Sequential):\n"
        "    def __init__(self, class_count, keep=0.5, workers=1, checkpoint=1, device=1):\n"
        "        super().__init__(nn.Flatten(), nn.Dropout(keep), nn.Linear(64, class_count))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, KEPT, raising=False)
    base = {"data": "Digits{train,val}", "trainer": "recipes.digits,epoch_count=1", "name": "x"}

    def build(resume: Any, **changes: Any) -> Any:
        spec = ExperimentSpec.read({**base, "model": {"name": "kept.Net"}, **changes})
        return build_experiment(spec, tmp_path, resume=resume)

    build(None).run()
    build("strict", workers=1, keep={"recent": 5}, tensorboard=False).run()
    for argument in ("keep", "workers", "checkpoint", "device"):
        model = {"name": "kept.Net", argument: 0.25}
        with pytest.raises(ConfigError, match=f"resolved/model/labwork_kept.Net/{argument}"):
            build("strict", model=model).run()


def test_runs_are_kept_apart(tmp_path: Path):
    spec = {"data": "Digits{train,val}", "model": "SmallImageClassifier,widths=(4,)"}
    spec |= {"trainer": "recipes.digits,epoch_count=1,batch_size=500"}
    build_experiment(ExperimentSpec.read({**spec, "name": "a"}), tmp_path).run()
    for name in ("a/b", "a/checkpoints", "a/checkpoints/1", "history.csv"):
        with pytest.raises(RunError, match=r"lies within the run|can't be called"):
            build_experiment(ExperimentSpec.read({**spec, "name": name}), tmp_path)


def test_checkpoints_are_evaluated_with_their_model_only(tmp_path: Path):
    spec = {"data": "Digits{train,val}", "trainer": "recipes.digits,epoch_count=1,batch_size=500"}
    spec |= {"name": "a"}
    model = "SmallImageClassifier,widths=(4,)"
    build_experiment(ExperimentSpec.read({**spec, "model": model}), tmp_path).run()
    same = ExperimentSpec.read({**spec, "model": model, "metrics": "MeanLoss", "workers": 1})
    assert list(evaluate_run(same, tmp_path)[1]) == ["val"]
    other = ExperimentSpec.read({**spec, "model": f"{model},act_f=nn.Sigmoid"})
    with pytest.raises(ConfigError, match="trained with another model"):
        evaluate_run(other, tmp_path)
