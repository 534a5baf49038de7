import numpy as np
import pytest

from train.batches import BatchRecipe
from train.continual.rehearsal import RehearsingSource, remembered
from train.continual.tasks import TaskOneSided, TaskUnknown, balanced, task_of
from train.crops import CropSet

RECIPE = BatchRecipe(size=8, input_size=64, forged=(), delivery=0.0)


def task(crops, name):
    return task_of(crops, name, faces=100, seed=1)


def sources(crops, indices):
    return {crops.rows[i].source for i in indices}


def test_a_task_is_a_source_or_all_fakes_of_a_manipulation_with_the_reals_of_their_families(
    made_up,
):
    assert sources(made_up, task(made_up, "blue").learnt) == {"blue"}
    attribute = task(made_up, "attribute")
    assert sources(made_up, attribute.learnt) == {"red", "green"}
    assert {made_up.rows[i].split for i in attribute.learnt} == {"train"}
    assert {made_up.rows[i].split for i in attribute.measured} == {"validation"}
    assert made_up.fake[attribute.measured].mean() == 0.5


def test_a_task_that_is_not_there_or_has_one_side_only_is_refused(made_up):
    with pytest.raises(TaskUnknown, match="'astrology'"):
        task(made_up, "astrology")
    with pytest.raises(TaskUnknown):
        task(made_up, "none")
    kept = [n for n, row in enumerate(made_up.rows) if row.fake or row.split == "train"]
    one_sided = CropSet(
        [made_up.rows[n] for n in kept], made_up.pixels[kept], made_up.landmarks[kept], "digest"
    )
    with pytest.raises(TaskOneSided, match="validation"):
        task(one_sided, "red")


def test_the_memory_is_small_balanced_of_training_crops_and_the_same_each_time(made_up):
    tasks = [task(made_up, name) for name in ("red", "green")]
    memory = remembered(made_up, tasks, kept=6, seed=1)
    assert len(memory) == 12
    assert made_up.fake[memory].mean() == 0.5
    assert {made_up.rows[i].split for i in memory} == {"train"}
    assert (memory == remembered(made_up, tasks, kept=6, seed=1)).all()
    assert not len(remembered(made_up, [], kept=6, seed=1))


def test_a_batch_holds_its_share_of_the_memory_and_is_no_larger(made_up):
    new, old = task(made_up, "blue"), task(made_up, "red")
    source = RehearsingSource(
        made_up, RECIPE, indices=new.learnt, memory=old.learnt, share=0.25, seed=1
    )
    batch = source.batch(3)
    assert batch.pixels.shape == (8, 64, 64, 3)
    assert batch.labels.mean() == 0.5
    # fakes of the new task are blue, those of the memory red
    fakes = batch.pixels[batch.labels > 0.5].mean((1, 2))
    assert fakes.argmax(1).tolist() == [2, 2, 2, 0]
    stream = source.stream(3)
    assert (next(stream).pixels == batch.pixels).all()
    stream.close()


def test_the_balanced_draw_keeps_within_the_smaller_side(made_up):
    indices = np.flatnonzero(made_up.fake)[:5].tolist() + np.flatnonzero(~made_up.fake)[:2].tolist()
    chosen = balanced(made_up, indices, most=100, seed=1)
    assert len(chosen) == 4
    assert (np.diff(chosen) > 0).all()
