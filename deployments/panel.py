"""A panel whose members are detectors in other processes."""

from collections.abc import Collection, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import ray

from clarity.carbon.places import ANYWHERE, Place
from clarity.detectors.card import Card
from clarity.detectors.contract import Prediction
from clarity.scanner.pipeline import Findings, scan
from clarity.scans.worker import Progress
from deployments.retries import retried

ANSWER_SECONDS = 120.0
"""A detector that takes longer is taken for stuck; the scan is tried again."""


class SharedCrops:
    """Puts a batch of crops into the object store once, however many detectors read it."""

    def __init__(self) -> None:
        self._crops: np.ndarray | None = None
        self._reference: Any = None
        self._lock = Lock()

    def put(self, crops: np.ndarray) -> Any:
        with self._lock:  # the panel is asked from several threads
            if self._crops is not crops:
                self._crops, self._reference = crops, ray.put(crops)
            return self._reference


class RemoteDetector:
    """A `PanelMember` behind a Serve handle; a replica that dies is asked again."""

    def __init__(self, handle: Any, card: Card, crops: SharedCrops) -> None:
        self.card = card
        self._handle = handle
        self._crops = crops

    def predict(self, crops: np.ndarray) -> Prediction:
        """As `clarity.detectors.contract.Detector.predict`."""
        reference = self._crops.put(crops)
        answer: Prediction = retried(
            lambda: self._handle.predict.remote(reference, self.card.release).result(
                timeout_s=ANSWER_SECONDS
            )
        )
        return answer


class ClusterJudge:
    """The pipeline with its panel in the cluster; see `clarity.scans.worker.Judge`."""

    def __init__(
        self,
        handles: Mapping[str, Any],
        *,
        where: Place = ANYWHERE,
        anchors: Path | None = None,
        deliveries: bool = False,
        cascade: bool = False,
    ) -> None:
        self.deliveries = deliveries
        self.cascade = cascade
        self._handles = handles
        self._where = where
        self._anchors = anchors
        self._cards: dict[str, Card] = {}

    def cards(self, panel: Collection[str] = ()) -> Mapping[str, Card]:
        """Cards of the releases at work, asked for anew; the next scan uses just these."""
        self._cards = {
            name: _card(handle)
            for name, handle in self._handles.items()
            if not panel or name in panel
        }
        return self._cards

    def scan(self, path: Path, *, progress: Progress) -> Findings:
        """Judge a file with the panel that `cards` last told of."""
        crops = SharedCrops()
        panel = {
            name: RemoteDetector(self._handles[name], card, crops)
            for name, card in self._cards.items()
        }
        return scan(
            path,
            panel=panel,
            progress=progress,
            where=self._where,
            anchors=self._anchors,
            deliveries=self.deliveries,
            cascade=self.cascade,
        )


def _card(handle: Any) -> Card:
    return Card.model_validate(
        retried(lambda: handle.card.remote().result(timeout_s=ANSWER_SECONDS))
    )
