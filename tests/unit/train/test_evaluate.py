"""The evaluation command on a manifest, through the path that serving takes."""

import cv2
import pytest
from skimage import data

from clarity import metrics
from data.manifest import read_manifest
from tests.releases import write_release
from train.evaluate import Outcome, evaluate, evaluate_folders, summarise

HEADER = "path,label,manipulation,source,origin,group,split,kind\n"


@pytest.fixture
def manifest(tmp_path):
    portrait = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    rows = []
    for number, (gain, label, kind) in enumerate([(0.3, 0, "none"), (1.0, 1, "synthesis")]):
        cv2.imwrite(str(tmp_path / f"{number}.png"), portrait * gain)
        rows.append(f"{number}.png,{label},{kind},s,o,g{number},test,image\n")
    cv2.imwrite(str(tmp_path / "nobody.png"), data.coffee())
    rows.append("nobody.png,1,synthesis,s,o,g9,test,image\n")
    path = tmp_path / "manifest.csv"
    path.write_text(HEADER + "".join(rows))
    return path


def test_every_item_is_reported_and_nobody_counts_as_no_score(manifest, tmp_path):
    write_release(tmp_path / "releases", "bright", gain=4.0, deploy=True)
    result = evaluate(read_manifest(manifest), root=tmp_path / "releases", workers=1)
    assert result.release == "bright"
    assert result.overall["auc"] == 1.0
    assert result.overall["not_applicable"] == 1
    assert [bool(item.scores) for item in result.items] == [True, True, False]
    assert result.items[2].verdict == "not_applicable"
    assert result.manipulation == {"synthesis": {"auc": 1.0}}
    assert result.document()["items"][0]["path"] == "0.png"


def test_side_by_side_each_gets_the_figures_that_it_gets_alone(manifest, tmp_path):
    root, items = tmp_path / "releases", read_manifest(manifest)
    for release, gain in (("bright", 4.0), ("dark", -3.0)):
        write_release(root, release, gain=gain)
    folders = {release: root / "xception" / release for release in ("bright", "dark")}
    both = evaluate_folders(items, folders, workers=1)
    assert both["bright"].figures()["overall.auc"] == 1.0
    assert both["dark"].figures()["overall.auc"] == 0.0
    alone = evaluate(items, detector="xception", release="dark", root=root, workers=1)
    assert both["dark"].figures() == alone.figures()
    assert both["dark"].release == "dark"
    for one, other in zip(both["dark"].items, alone.items, strict=True):
        assert (one.confidence, one.verdict) == (other.confidence, other.verdict)


def outcome(number, label, score):
    kind = "synthesis" if label else "none"
    return Outcome(f"{number}", label, kind, "s", "g", {"xception": score}, score, "real", "")


def test_figures_of_one_label_only_are_refused():
    with pytest.raises(metrics.MetricUndefined):
        summarise([outcome(0, 1, 0.3), outcome(1, 1, 0.4)], detector="xception", release="r")
