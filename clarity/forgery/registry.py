"""The forgeries of Clarity by name. Adding one is a function and a line here.

fake = registry.forge("face_swap", rng, face=face, other=other)
registry.kinds("lip_sync", "face")  # those that one still face is enough for
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import numpy as np

from clarity.errors import ClarityError
from clarity.forgery.contract import Forgery

Material = Literal["face", "other", "clip", "envelope"]
"""One real face; the face of another person or moment; a clip; a sound's loudness a frame."""

STILLS: tuple[Material, ...] = ("face", "other")


@dataclass(frozen=True, slots=True)
class Entry:
    """A forgery, imported when it is needed.

    Attributes:
        function: "module:function" in `clarity.forgery`, called with its material and `rng`.
        manipulation: the kind of forged media that it stands for.
        needs: material, in the order of the function's arguments.
    """

    function: str
    manipulation: str
    needs: tuple[Material, ...] = ("face",)


FORGERIES = {
    "self_blend": Entry("self_blend:self_blend", "face_swap"),
    "face_swap": Entry("face_swap:face_swap", "face_swap", ("face", "other")),
    "expression": Entry("reenactment:expression", "reenactment"),
    "head_turn": Entry("reenactment:head_turn", "reenactment"),
    "expression_transfer": Entry("reenactment:expression_transfer", "reenactment", ("clip",)),
    "broken_motion": Entry("reenactment:broken_motion", "reenactment", ("clip",)),
    "mouth_blend": Entry("self_blend:mouth_blend", "lip_sync"),
    "mouth_move": Entry("lip_sync:mouth_move", "lip_sync"),
    "mouth_swap": Entry("lip_sync:mouth_swap", "lip_sync", ("face", "other")),
    "dub": Entry("lip_sync:dub", "lip_sync", ("clip", "envelope")),
    "upsampling": Entry("synthesis:upsampling", "synthesis"),
    "autoencoder": Entry("synthesis:autoencoder", "synthesis"),
    "replication": Entry("synthesis:replication", "synthesis"),
    "denoising": Entry("synthesis:denoising", "synthesis"),
    "skin": Entry("attribute:skin", "attribute"),
    "hair": Entry("attribute:hair", "attribute"),
    "age": Entry("attribute:age", "attribute"),
    "glasses": Entry("attribute:glasses", "attribute"),
    "makeup": Entry("attribute:makeup", "attribute"),
}


class UnknownForgery(ClarityError):
    """No forgery of that name."""

    status = 404
    code = "unknown-forgery"
    hint = f"Known forgeries: {', '.join(FORGERIES)}."


class MaterialMissing(ClarityError):
    """A forgery was asked for without what it is made of."""

    status = 400
    code = "forgery-material-missing"
    hint = "Give it a face, the face of another person, a clip or a sound's envelope, as it needs."


def entry(kind: str) -> Entry:
    """What is known of a forgery.

    Raises:
        UnknownForgery: no such kind.
    """
    if kind not in FORGERIES:
        raise UnknownForgery(f"There is no forgery called {kind!r}.")
    return FORGERIES[kind]


def kinds(manipulation: str | None = None, *material: Material) -> tuple[str, ...]:
    """Names of the forgeries of a manipulation (None: all) that the material is enough for."""
    enough = set(material or STILLS)
    return tuple(
        kind
        for kind, known in FORGERIES.items()
        if manipulation in (None, known.manipulation) and enough.issuperset(known.needs)
    )


def forge(kind: str, rng: np.random.Generator, **material: Any) -> Forgery:
    """Make a forged still.

    Args:
        kind: one of `kinds()`.
        rng: the only source of chance.
        material: `face` and, where the kind needs it, `other` (`contract.RealFace`).

    Raises:
        UnknownForgery, MaterialMissing: as they say.
    """
    made: Forgery = _made(kind, rng, material)
    return made


def forge_clip(kind: str, rng: np.random.Generator, **material: Any) -> list[Forgery]:
    """Make a forged clip, frame by frame; material: `clip` and perhaps `envelope`."""
    made: list[Forgery] = _made(kind, rng, material)
    return made


def _made(kind: str, rng: np.random.Generator, material: dict[str, Any]) -> Any:
    known = entry(kind)
    missing = [name for name in known.needs if material.get(name) is None]
    if missing:
        raise MaterialMissing(f"{kind} needs {' and '.join(missing)}.")
    module, _, function = known.function.partition(":")
    make = getattr(import_module(f"clarity.forgery.{module}"), function)
    return make(*(material[name] for name in known.needs), rng)
