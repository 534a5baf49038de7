"""Once more: the same figures, or what differs; and what stands in the way of training again."""

import cv2
import pytest
from skimage import data

from clarity.detectors import artefact
from clarity.detectors.artefact import ReleaseMissing
from clarity.detectors.card import Card, Provenance
from clarity.media.frames import MediaKind
from clarity.promotions.shelf import open_shelf
from clarity.settings import Settings
from data.items import Item
from tests.releases import write_release
from train.energy import carry_over, run_figures
from train.provenance import (
    code_digest,
    items_digest,
    note_adoption,
    note_average,
    note_session,
    read_sessions,
    settings_digest,
)
from train.recipes import efficientnet_lite0
from train.release import finish
from train.reproduce import (
    CannotRetrain,
    Difference,
    OtherItems,
    differences,
    find,
    measure_again,
    needs,
    obstacles,
    retrain,
)

MADE = Provenance(
    recipe="efficientnet_lite0", seed=1, commits=["c1", "c1"], held_out=[], imagenet=False
)
HERE = {"code": "1", "data": "2", "settings": "3"}


@pytest.fixture
def items(tmp_path):
    portrait = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    made = []
    for number, gain in enumerate([0.3, 1.0]):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), portrait * gain)
        kind = "synthesis" if number else "none"
        facts = (path.name, path, bool(number), kind, "s", "o", f"g{number}", "validation")
        made.append(Item(*facts, MediaKind.IMAGE))
    return made


def test_the_same_release_on_the_same_items_gives_the_figures_of_its_card(items, tmp_path):
    write_release(tmp_path, "r1", gain=4)
    folder = tmp_path / "xception" / "r1"
    first = measure_again(folder, items)
    assert first.same_items is None
    assert all(each.card is None for each in first.differences)
    figures = {each.name: each.now for each in first.differences}
    finish(folder, figures | {"precision.fp32.auc": 0.5}, items=items_digest(items))
    again = measure_again(folder, items)
    assert (again.same_items, again.differences, again.figures) == (True, [], len(figures))
    items[1].path.write_bytes(items[0].path.read_bytes())
    with pytest.raises(OtherItems):
        measure_again(folder, items)


def test_what_differs_is_named():
    card = {"overall.auc": 0.9, "overall.ece": 0.1, "input_size": 224.0, "source.a.real": 3.0}
    assert differences(card, {"overall.auc": 0.9, "overall.ece": 0.2, "source.b.real": 1.0}) == [
        Difference("overall.ece", 0.1, 0.2),
        Difference("source.a.real", 3.0, None),
        Difference("source.b.real", None, 1.0),
    ]


def card(tmp_path, made, **digests):
    written = write_release(tmp_path, "r1")
    changed = written.model_copy(
        update={"made_by": made, "digests": {**written.digests, **HERE, **digests}}
    )
    changed.write(tmp_path / "xception" / "r1")
    return changed


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seed": None}, "neither recipe nor seed"),
        ({"commits": ["c1+changes"]}, "in no commit"),
        ({"commits": [""]}, "in no commit"),
        ({"commits": ["c1", "c2"]}, "different commits"),
        ({"went_on_from": "r0"}, "parameters of r0"),
    ],
)
def test_what_stands_in_the_way_of_training_again(tmp_path, change, why):
    (told,) = obstacles(card(tmp_path, MADE.model_copy(update=change)), HERE)
    assert why in told


def test_other_code_data_or_settings_stand_in_the_way(tmp_path):
    assert obstacles(card(tmp_path, MADE), HERE) == []
    for name in HERE:
        (told,) = obstacles(card(tmp_path / name, MADE, **{name: "9"}), HERE)
        assert told == f"its {name} has digest 9, here it is {HERE[name]}"


def test_an_old_card_says_what_it_does_not_name_and_is_not_trained_again(tmp_path):
    old = card(tmp_path, None)
    told = needs(old)
    assert told["recipe"] == told["seed"] == told["environment (SHA-256)"] == "not named"
    assert told["code (SHA-256)"] == "1"
    with pytest.raises(CannotRetrain, match="neither recipe nor seed"):
        retrain(tmp_path / "xception" / "r1", tmp_path, tmp_path / "run")


def test_the_card_of_the_deployed_release_still_reads():
    from clarity.detectors import registry

    (name, *_) = registry.deployed()
    deployed = registry.card(name)
    assert isinstance(deployed, Card)
    assert needs(deployed)["data (SHA-256)"] == deployed.digests["data"]


def test_a_run_writes_down_every_session(tmp_path):
    for seed in (3, 3):
        note_session(tmp_path, "xception", seed=seed, held_out=["b", "a"], imagenet=True)
    told = read_sessions(tmp_path)
    assert (told.recipe, told.seed, told.held_out) == ("xception", 3, ["a", "b"])
    assert len(told.commits) == 2
    assert read_sessions(tmp_path / "other") is None
    (tmp_path / "old" / "160").mkdir(parents=True)
    note_session(tmp_path / "old", "xception", seed=1, held_out=(), imagenet=False)
    assert read_sessions(tmp_path / "old").commits[0] == ""
    note_adoption(tmp_path, "xception", "r0")
    note_session(tmp_path, "xception", seed=1, held_out=(), imagenet=False)
    assert read_sessions(tmp_path).went_on_from == "r0"


def test_a_mean_of_runs_tells_of_all_of_them(tmp_path):
    for name, seed in (("one", 3), ("other", 4)):
        note_session(tmp_path / name, "xception", seed=seed, held_out=[name], imagenet=False)
        (tmp_path / name / "160").mkdir()
        (tmp_path / name / "160" / "energy.json").write_text('{"kwh": 0.5, "gco2e": 2.0}')
    runs = [(tmp_path / "one", "128"), (tmp_path / "one", "160"), (tmp_path / "other", "160")]
    note_average(tmp_path / "mean", "xception", runs)
    carry_over((run for run, _ in runs), tmp_path / "mean")
    told = read_sessions(tmp_path / "mean")
    assert told.averaged == ["one:128", "one:160", "other:160"]
    assert (told.seed, told.held_out) == (None, ["one", "other"])
    assert obstacles(card(tmp_path / "card", told), HERE)[1].startswith("it is the mean of one:128")
    assert run_figures(tmp_path / "mean") == {"training.kwh": 1.0, "training.gco2e": 4.0}


def test_digests_notice_what_they_are_of(items):
    before = items_digest(items)
    assert items_digest(items[::-1]) != before
    phases = efficientnet_lite0.PHASES
    assert settings_digest(phases) != settings_digest(phases[:-1])
    assert code_digest() == code_digest()


def test_a_release_is_found_by_name_in_the_package_or_by_its_folder(tmp_path):
    write_release(tmp_path / "package", "r1", deploy=True)
    shelf = open_shelf(Settings(home=tmp_path / "home", releases=tmp_path / "package"))
    shelf.upgrade()
    folder = tmp_path / "package" / "xception" / "r1"
    assert find(shelf, "r1") == folder
    assert artefact.read(find(shelf, str(folder))).card.release == "r1"
    with pytest.raises(ReleaseMissing):
        find(shelf, "r9")
    shelf.close()
