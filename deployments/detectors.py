"""The one deployment class of all detectors, instantiated per registry name."""

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import structlog
from ray import serve

from clarity.detectors.contract import Detector, Prediction
from clarity.errors import ClarityError
from clarity.evidence.circumstances import here
from clarity.promotions.loaded import LoadedReleases
from clarity.promotions.shelf import open_shelf
from clarity.settings import Settings
from deployments.logs import open_logs

BATCH_REQUESTS = 8
BATCH_WAIT_SECONDS = 0.005

log = structlog.get_logger("clarity.detectors")


class ReleaseChanged(Exception):
    """The named release cannot be had here: ask for the card again, or another replica."""


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


def predict_each(requests: Sequence[tuple[np.ndarray, Detector]]) -> list[Prediction]:
    """Crops of several callers, each judged by the detector that its caller wants."""
    answers: dict[int, Prediction] = {}
    for detector in {id(one): one for _, one in requests}.values():
        places = [place for place, (_, own) in enumerate(requests) if own is detector]
        told = predict_together(detector, [requests[place][0] for place in places])
        answers |= zip(places, told, strict=True)
    return [answers[place] for place in range(len(requests))]


class DetectorReplica:
    """A detector in a process of its own.

    Its release is that of the ledger of promotions, which it looks at now and then by itself:
    so every replica on every machine follows, also one that was just replaced, and nothing
    that Serve does could take a good release away (docs/decisions/0007).
    """

    def __init__(self, name: str, settings: Settings) -> None:
        open_logs(settings, f"detector-{name}")
        try:
            self._releases = LoadedReleases(name, open_shelf(settings))
        except ClarityError as error:
            log.error("load-failed", detector=name, why=error.message)
            raise
        self._stop = threading.Event()
        self._watch = threading.Thread(
            target=_follow, args=(self._releases, self._stop, settings.release_watch_seconds)
        )
        self._watch.daemon = True
        self._watch.start()

    def card(self) -> dict[str, Any]:
        """Card of the release at work, as JSON."""
        shown: dict[str, Any] = json.loads(self._releases.at_work.card.model_dump_json())
        return shown

    def check_health(self) -> None:
        """Asked by Serve, which replaces the replica when this raises."""
        if not self._watch.is_alive():
            raise RuntimeError("nothing watches for a new release any more")

    async def predict(self, crops: np.ndarray, release: str) -> Prediction:
        """Judge crops with the named release, whether it is at work still, already or again.

        Raises:
            ReleaseChanged: it cannot be loaded here.
        """
        try:
            detector = await asyncio.to_thread(self._releases.named, release)
        except ClarityError as error:
            raise ReleaseChanged(error.message) from error
        answer: Prediction = await self._batch((crops, detector))
        return answer

    @serve.batch(max_batch_size=BATCH_REQUESTS, batch_wait_timeout_s=BATCH_WAIT_SECONDS)
    async def _batch(self, requests: list[tuple[np.ndarray, Detector]]) -> list[Prediction]:
        return await asyncio.to_thread(predict_each, requests)

    def __del__(self) -> None:
        # a constructor that failed has no thread
        if stop := getattr(self, "_stop", None):
            stop.set()


def _follow(releases: LoadedReleases, stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds):
        releases.follow()
