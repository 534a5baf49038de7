"""What the five specialists have in common: each goes on from the released generalist.

    python -m train adopt RECIPE released --detector efficientnet_lite0
    python -m train fit RECIPE

A specialist sees real faces of every family and the forgeries of one manipulation alone, half of
them or more made on the way, for it is there for tools that training never saw. Forgeries of other
manipulations are in no batch, so they are neither forged nor real to it; that it stays quiet about
them is a matter of its calibration (`train.calibrate.fit_to_task`). Why they share the
generalist's network: docs/decisions/0017.
"""

from dataclasses import replace

from train.batches import BatchRecipe
from train.loop import Schedule
from train.recipe import Network, Phase
from train.recipes import efficientnet_lite0
from train.release import Description


def network(name: str) -> Network:
    """The generalist's network, as the detector of that name.

    It judges a face and its mirror image in one framing: five of them would take too long in two.
    """
    return replace(efficientnet_lite0.NETWORK, detector=name, framings=(1.0,))


def phases(
    manipulation: str, forged: tuple[tuple[str, float], ...], *, steps: int = 260
) -> list[Phase]:
    """What the generalist was when it was released, and a stretch on one manipulation.

    Args:
        manipulation: of the set's forgeries that it sees.
        forged: kinds that are made on the way, with their shares of the fakes of families that
            have forgeries of this manipulation; of the others all fakes are made.
    """
    return [
        # `adopt` puts the generalist's parameters here
        replace(efficientnet_lite0.PHASES[-1], name="released"),
        Phase(
            "192-own",
            BatchRecipe(
                size=32,
                input_size=192,
                forged=forged,
                delivery=0.6,
                manipulations=(manipulation,),
                lone_reals=True,
            ),
            Schedule(steps=steps, peak_rate=1e-4, warmup=50, report_every=50, placed=0.2),
            input_size=192,
        ),
    ]


def description(name: str, *, title: str, technique: str, blind: str) -> Description:
    """Words of a card.

    Args:
        blind: what its narrow task makes it miss or mistake, the first of its limits.
    """
    return replace(
        efficientnet_lite0.DESCRIPTION,
        name=name,
        title=title,
        technique=technique,
        limits=[
            blind,
            "It was trained on this manipulation alone and suspects others too: that it finds "
            "signs does not tell of which kind they are.",
            "It judges single frames; strong compression, darkness, profile views and faces below "
            "100 pixels weaken it.",
        ],
    )
