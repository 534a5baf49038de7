"""Scans in this process: the real pipeline, with a detector whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from apps.cli.local import deployed_panel, local_scanner
from apps.cli.outcome import Scanner
from clarity.clock import now
from clarity.detectors.card import Card
from clarity.detectors.contract import Prediction
from clarity.labels import Label
from clarity.promotions import service
from clarity.promotions.rules import Act
from clarity.promotions.shelf import open_shelf
from clarity.scans.messages import Stage
from clarity.settings import load_settings
from tests.releases import write_release
from tests.unit.apps.canned import CARD

EXAMPLES = Path(__file__).parents[3] / "apps" / "scanner" / "examples"


class Certain:
    """A detector that gives every face the same log-odds."""

    def __init__(self, logit: float) -> None:
        self.card = Card.model_validate(CARD)
        self._logit = logit

    def predict(self, crops: np.ndarray) -> Prediction:
        number = len(crops)
        return Prediction(
            logits=np.full(number, self._logit, np.float32),
            maps=np.full((number, 7, 7), self._logit, np.float32),
        )


def scanner(logit: float) -> Scanner:
    return local_scanner({"xception": Certain(logit)})


@pytest.mark.parametrize(
    ("name", "logit", "label"),
    [
        ("portrait.jpg", -3.0, Label.REAL),
        ("manipulated.jpg", 1.0, Label.SUSPICIOUS),
        ("clip.mp4", 4.0, Label.FAKE),
        ("coffee.jpg", 4.0, Label.NOT_APPLICABLE),
    ],
)
def test_examples_go_through_the_pipeline(name: str, logit: float, label: Label) -> None:
    stages: list[Stage] = []
    outcome = scanner(logit)(str(EXAMPLES / name), lambda stage, _: stages.append(stage))
    assert outcome.report is not None
    assert outcome.report.label is label
    assert stages[0] is Stage.DECODE


@pytest.mark.parametrize(("setting", "copies"), [("true", 3), ("false", 0)])
def test_copies_are_judged_where_the_settings_say_so(
    monkeypatch: pytest.MonkeyPatch, setting: str, copies: int
) -> None:
    monkeypatch.setenv("CLARITY_DELIVERIES", setting)
    outcome = scanner(-3.0)(str(EXAMPLES / "portrait.jpg"), lambda *_: None)
    assert outcome.report is not None
    (person,) = outcome.report.people
    assert len(person.delivery.copies if person.delivery else ()) == copies


def test_bad_media_are_an_outcome_with_message_and_hint(tmp_path: Path) -> None:
    words = tmp_path / "words.jpg"
    words.write_text("not a picture")
    outcome = scanner(0.0)(str(words), lambda *_: None)
    assert outcome.report is None
    assert outcome.problem is not None
    assert outcome.problem.detail
    assert outcome.problem.hint


def test_a_missing_file_is_an_outcome(tmp_path: Path) -> None:
    outcome = scanner(0.0)(str(tmp_path / "gone.jpg"), lambda *_: None)
    assert outcome.problem is not None


def test_an_unsupported_address_is_an_outcome() -> None:
    outcome = scanner(0.0)("http://127.0.0.1/clip.mp4", lambda *_: None)
    assert outcome.problem is not None
    assert outcome.problem.hint


def test_the_panel_is_the_one_that_the_service_would_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_release(tmp_path / "package", "r1", deploy=True)
    write_release(tmp_path / "candidates", "r2", gain=2)
    monkeypatch.setenv("CLARITY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLARITY_RELEASES", str(tmp_path / "package"))
    assert deployed_panel()["xception"].card.release == "r1"
    assert not (tmp_path / "home").exists()
    shelf = open_shelf(load_settings())
    shelf.upgrade()
    exact = shelf.put(tmp_path / "candidates" / "xception" / "r2")
    with shelf.ledger.write() as session:
        service.record(
            session,
            "xception",
            act=Act.PROMOTE,
            release=exact.release,
            card_digest=exact.card_digest,
            by="t",
            reason="",
            at=now(),
            after=0,
        )
    shelf.close()
    assert deployed_panel()["xception"].card.release == "r2"
