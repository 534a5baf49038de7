"""From the scores of an evaluation to its report."""

import json
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytest

from clarity.detectors.card import Calibration
from tests.releases import write_release
from tests.unit.train.figures.outcomes import outcome, outcomes
from train.attacks.lines import Attacked, NoAttacks, read, write
from train.commands.measuring import report
from train.evaluate import Evaluation, NoEvaluation, summarise
from train.figures.markdown import write_report
from train.figures.measure import measure

CALIBRATION = Calibration(slope=0.8, offset=0.3, loud_slope=0.6, fitted_on="a split")


@pytest.fixture(scope="module")
def evaluation():
    items = [*outcomes(240), outcome(999, 1, None, "paired")]
    made = summarise(items, detector="xception", release="r1")
    return replace(made, degraded={"none": items[:90], "hard": outcomes(90, noise=0.6, seed=1)})


@pytest.fixture(scope="module")
def measured(evaluation, tmp_path_factory):
    card = write_release(tmp_path_factory.mktemp("releases"), "r1")
    described = card.model_copy(update={"calibration": CALIBRATION})
    return measure(evaluation, card=described, draws=60)


def test_figures_agree_with_the_evaluation_and_lie_in_their_intervals(evaluation, measured):
    figures = measured.figures()
    for name in ("auc", "ece", "false_fake_rate", "items", "not_applicable"):
        assert figures[f"overall.{name}"] == pytest.approx(evaluation.overall[name], abs=1e-4)
    assert figures["not_real.balanced_accuracy"] == pytest.approx(
        evaluation.overall["balanced_accuracy"], abs=1e-4
    )
    for name in ("auc", "average_precision", "equal_error_rate"):
        low, high = (figures[f"overall.{name}_{end}"] for end in ("low", "high"))
        assert low < figures[f"overall.{name}"] < high
    assert figures["effort.milliseconds_a_face"] == pytest.approx(10)
    assert figures["level.hard.auc"] < figures["level.none.auc"]


def test_a_source_of_fakes_only_borrows_reals_and_has_no_false_fakes(measured):
    lone = measured.source["lone"]
    assert lone.borrowed
    assert lone.real == 0
    assert set(lone.figures) == {"auc"}
    assert set(measured.source["paired"].figures) == {"auc", "false_fake_rate"}


def test_scores_before_calibration_are_found_back(measured):
    logits = np.log(measured.raw) - np.log1p(-measured.raw)
    np.testing.assert_allclose(CALIBRATION.probabilities(logits), measured.judged.scores)


def test_the_report_names_only_files_that_are_there(measured, tmp_path):
    text = write_report(measured, tmp_path).read_text()
    plots = sorted(tmp_path.glob("*.png"))
    assert len(plots) == 6
    for plot in plots:
        assert f"(./{plot.name})" in text
        assert matplotlib.image.imread(plot).shape[1] == 1200
    assert json.loads((tmp_path / "figures.json").read_text()) == measured.figures()
    assert f"AUC | {measured.overall['auc'].value:.3f}" in text


def test_attacks_stand_in_the_report_by_attack_and_defence(measured, tmp_path):
    lines = [
        Attacked("none", 0, "none", 0.9, 0.8),
        Attacked("none", 0, "fewer_levels", 0.85, 0.75),
        Attacked("FGSM", 2, "none", 0.1, 0.2),
    ]
    write(lines, tmp_path / "attacks.json")
    assert read(tmp_path / "attacks.json") == lines
    text = write_report(measured, tmp_path, lines).read_text()
    assert "|  | grey levels | none | fewer levels |" in text
    assert "| none | 0 | 0.900 / 0.800 | 0.850 / 0.750 |" in text
    assert "| FGSM | 2 | 0.100 / 0.200 |  |" in text
    assert json.loads((tmp_path / "figures.json").read_text())["attack.FGSM.2.none.auc"] == 0.1
    (tmp_path / "attacks.json").write_text("{}")
    with pytest.raises(NoAttacks, match="no table"):
        read(tmp_path / "attacks.json")


def test_the_command_reads_what_evaluate_wrote_and_refuses_the_rest(evaluation, tmp_path):
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(evaluation.document()))
    assert Evaluation.read(path) == evaluation
    report(path, out=tmp_path / "report", draws=50)
    assert (tmp_path / "report" / "report.md").is_file()
    path.write_text('{"items": [{"path": 1}]}')
    with pytest.raises(NoEvaluation, match="evaluation"):
        Evaluation.read(path)
