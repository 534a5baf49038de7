import numpy as np
import pytest

from clarity.detectors import parameters as flat
from train.continual.sequence import METHODS, Budget, MethodUnknown, TooFewTasks, sequence
from train.continual.tasks import task_of

BUDGET = Budget(steps=100, first=60, size=64, batch=8, rate=2e-2, memory=8, faces=8)
TASKS = ("red", "green", "blue")


def learn(plan, crops, folder, names=TASKS, **changes):
    tasks = [task_of(crops, name, faces=8, seed=1) for name in names]
    options = {"methods": ["fine-tuning", "continual"], "budget": BUDGET, **changes}
    return sequence(plan, crops, tasks, folder=folder, **options)


def written(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.safetensors")}


@pytest.fixture(scope="module")
def learnt(plan, made_up, tmp_path_factory):
    """Folder and matrices of a whole sequence by two methods."""
    folder = tmp_path_factory.mktemp("run") / "sequence"
    return folder, learn(plan, made_up, folder)


def test_every_method_goes_on_from_its_own_model(learnt):
    folder, found = learnt
    assert list(found) == ["fine-tuning", "continual"]
    for matrix in found.values():
        assert matrix.finished
        assert [tuple(row) for row in matrix.rows] == [TASKS[:1], TASKS[:2], TASKS]
    # the first task is shared; plain fine-tuning learns each task that it is at
    plain = found["fine-tuning"]
    assert plain.rows[0] == found["continual"].rows[0]
    assert all(plain.rows[n][task]["auc"] == 1.0 for n, task in enumerate(plain.tasks))
    results = written(folder)
    assert {path.relative_to(folder).as_posix() for path in results} == {
        "first/0-red.safetensors",
        *(f"{method}/{n}.safetensors" for method in found for n in ("1-green", "2-blue")),
    }
    assert all(np.isfinite(value).all() for path in results for value in flat.read(path).values())


def test_rehearsal_and_teacher_keep_at_least_what_plain_fine_tuning_keeps(learnt):
    """How much more they keep is a question for real faces: `python -m train continual`."""
    _, found = learnt
    kept, lost = (found[m].backward_transfer("auc") for m in ("continual", "fine-tuning"))
    assert kept >= lost


def test_finished_tasks_are_not_repeated(learnt, plan, made_up):
    folder, found = learnt
    before = written(folder)
    assert learn(plan, made_up, folder) == found
    assert written(folder) == before


def test_a_stopped_sequence_goes_on(plan, made_up, tmp_path):
    def stop(run, figures):
        if "1-green" in run:
            raise KeyboardInterrupt

    budget = Budget(steps=2, first=2, size=64, batch=8, memory=8, faces=8)
    options = {"names": TASKS[:2], "methods": ["distillation"], "budget": budget}
    with pytest.raises(KeyboardInterrupt):
        learn(plan, made_up, tmp_path / "run", report=stop, **options)
    before = written(tmp_path / "run")
    assert len(before) == 1
    assert learn(plan, made_up, tmp_path / "run", **options)["distillation"].finished
    assert before.items() <= written(tmp_path / "run").items()


def test_a_sequence_needs_two_different_tasks_and_methods_that_are_known(plan, made_up, tmp_path):
    for names in (("red",), ("red", "red")):
        with pytest.raises(TooFewTasks):
            learn(plan, made_up, tmp_path, names, methods=list(METHODS))
    with pytest.raises(MethodUnknown, match="'prayer'"):
        learn(plan, made_up, tmp_path, methods=["prayer"])
