"""The one deployment class of all detectors, instantiated per registry name."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from ray import serve

from clarity.detectors import registry
from clarity.detectors.contract import Detector, Prediction
from clarity.detectors.self_test import self_test
from clarity.errors import ClarityError
from clarity.evidence.circumstances import here
from clarity.settings import Settings
from deployments.logs import open_logs

BATCH_REQUESTS = 8
BATCH_WAIT_SECONDS = 0.005

log = structlog.get_logger("clarity.detectors")


class ReleaseChanged(Exception):
    """Another release was deployed since the caller read the card: ask for the card again."""


def predict_together(detector: Detector, requests: Sequence[np.ndarray]) -> list[Prediction]:
    """One prediction for the crops of several callers, each of shape (N, 224, 224, 3)."""
    sizes = [len(crops) for crops in requests]
    began = time.process_time()
    answer = detector.predict(np.concatenate(requests))
    seconds_a_crop = (time.process_time() - began) / sum(sizes)
    cuts = np.cumsum(sizes)[:-1]
    parts = zip(np.split(answer.logits, cuts), np.split(answer.maps, cuts), sizes, strict=True)
    return [
        Prediction(logits, maps, elsewhere=seconds_a_crop * size, ran_on=here())
        for logits, maps, size in parts
    ]


def load_tested(name: str, release: str | None, releases: Path) -> Detector:
    """A detector that has passed its self-test; raises `ClarityError` otherwise."""
    detector = registry.load(name, release=release, root=releases)
    self_test(detector)
    return detector


class DetectorReplica:
    """A detector in a process of its own.

    Its release is changed in place by `user_config={"release": ...}` (null: the deployed
    one): the new one is loaded and tested beside the old one and then takes its place.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        open_logs(settings, f"detector-{name}")
        self._name = name
        self._releases = settings.releases or registry.RELEASES
        try:
            self._detector = load_tested(name, None, self._releases)
        except ClarityError as error:
            log.error("load-failed", detector=name, why=error.message)
            raise
        log.info("loaded", detector=name, release=self._detector.card.release)

    async def reconfigure(self, config: dict[str, Any]) -> None:
        """Change the release; a bad one is refused and the old one goes on."""
        release = config.get("release")
        try:
            wanted = registry.card(self._name, release=release, root=self._releases).release
            if wanted == self._detector.card.release:
                return
            fresh = await asyncio.to_thread(load_tested, self._name, wanted, self._releases)
        except ClarityError as error:
            # Raising would make Serve stop this replica, and the good release with it.
            log.error("release-refused", detector=self._name, release=release, why=error.message)
            return
        self._detector = fresh
        log.info("release-changed", detector=self._name, release=wanted)

    def card(self) -> dict[str, Any]:
        """Card of the release at work, as JSON."""
        shown: dict[str, Any] = json.loads(self._detector.card.model_dump_json())
        return shown

    async def predict(self, crops: np.ndarray, release: str) -> Prediction:
        """Judge crops with the named release.

        Raises:
            ReleaseChanged: it is no longer the one at work.
        """
        answer: Prediction | None = await self._batch((crops, release))
        if answer is None:
            raise ReleaseChanged(release)
        return answer

    @serve.batch(max_batch_size=BATCH_REQUESTS, batch_wait_timeout_s=BATCH_WAIT_SECONDS)
    async def _batch(self, requests: list[tuple[np.ndarray, str]]) -> list[Prediction | None]:
        detector = self._detector
        fitting = [crops for crops, release in requests if release == detector.card.release]
        answers = iter(
            await asyncio.to_thread(predict_together, detector, fitting) if fitting else ()
        )
        return [
            next(answers) if release == detector.card.release else None for _, release in requests
        ]
