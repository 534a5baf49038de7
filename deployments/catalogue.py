"""The deployed detectors as the gateway sees them: by asking the replicas, now and then."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from ray.serve.exceptions import RayServeException

from clarity.detectors.card import Card
from deployments.rest.problems import NotReady
from deployments.retries import LOST

FRESH_SECONDS = 3.0
"""So long after a change of release the gateway may still answer from the old panel."""
ASK_SECONDS = 3.0


class ClusterCatalogue:
    """See `deployments.rest.services.Catalogue`."""

    def __init__(self, detectors: Mapping[str, Any], scanner: Any) -> None:
        self._detectors = detectors
        self._scanner = scanner
        self._cards: dict[str, Card] = {}
        self._asked = float("-inf")

    async def cards(self) -> Mapping[str, Card]:
        """Cards of the deployed detectors, in the panel's order."""
        if time.monotonic() - self._asked < FRESH_SECONDS:
            return self._cards
        try:
            return await self._ask()
        except NotReady:
            if not self._cards:
                raise
            # Replicas come back with the same release; what is known stays true meanwhile.
            self._asked = time.monotonic()
            return self._cards

    async def check(self) -> None:
        """Raise `NotReady` unless detectors and scanner answer right now."""
        await self._ask()
        if not await _answer(self._scanner.working.remote(), "the scanner"):
            raise NotReady("The scanner is not working.")

    async def _ask(self) -> Mapping[str, Card]:
        answers = await asyncio.gather(
            *(
                _answer(handle.card.remote(), f"the detector {name}")
                for name, handle in self._detectors.items()
            )
        )
        cards = [Card.model_validate(answer) for answer in answers]
        self._cards = dict(zip(self._detectors, cards, strict=True))
        self._asked = time.monotonic()
        return self._cards


async def _answer(response: Any, who: str) -> Any:
    try:
        return await asyncio.wait_for(response, ASK_SECONDS)
    except (TimeoutError, RayServeException, *LOST) as error:
        raise NotReady(f"Waiting for {who}.") from error
