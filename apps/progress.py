"""How far a scan is, as one number for a bar."""

from clarity.scans.messages import Stage

# Begin and end of every stage in a whole scan, from what they usually take.
_SHARES = {
    Stage.WAITING: (0.0, 0.05),
    Stage.FETCH: (0.05, 0.25),
    Stage.DECODE: (0.25, 0.4),
    Stage.FACES: (0.4, 0.6),
    Stage.DETECTORS: (0.6, 0.9),
    Stage.EXPLAIN: (0.9, 1.0),
    Stage.FINISHED: (1.0, 1.0),
}


def done(stage: Stage, fraction: float) -> float:
    """The part of the whole scan that is done, in [0, 1], at `fraction` of a stage."""
    begin, end = _SHARES[stage]
    return begin + (end - begin) * min(1.0, max(0.0, fraction))
