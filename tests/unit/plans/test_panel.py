"""The panel: six seats, and honesty about the empty ones."""

from clarity.detectors import registry
from clarity.plans.panel import GENERALIST, seats


def held(found):
    return {seat.kind: seat.detectors for seat in found}


def test_there_are_six_seats_whoever_is_deployed():
    for deployed in ((), ("xception",), registry.names()):
        assert len(seats(deployed[:1], deployed)) == 6


def test_a_seat_without_a_detector_says_so():
    found = seats(("efficientnet_lite0",), ("efficientnet_lite0", "face_swap"))
    assert held(found) == {
        "face_swap": ["face_swap"],
        "synthesis": [],
        "lip_sync": [],
        "reenactment": [],
        "attribute": [],
        GENERALIST: ["efficientnet_lite0"],
    }
    assert [seat.free for seat in found if seat.free] == [["efficientnet_lite0"]]


def test_every_detector_that_can_be_deployed_has_a_seat():
    names = registry.names()
    taken = [name for seat in seats(names[:1], names) for name in seat.detectors]
    assert sorted(taken) == sorted(names)
    assert all(seat.detectors for seat in seats(names[:1], names))
