"""What a file says of itself: sealed credentials (C2PA), and entries that anybody can write.

It stands beside a score and never moves it. Missing means unknown: most files carry nothing.
"""

from dataclasses import dataclass, field
from typing import Literal

CredentialState = Literal["trusted", "valid", "invalid", "unreadable"]
"""trusted: sealed by a signer on the operator's list, and unchanged; valid: unchanged, by a
signer whom nobody vouched for here; invalid: file or credentials were changed, or the seal does
not hold; unreadable: whether there are credentials or not, they could not be parsed."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The newest C2PA manifest of a file. Texts are the file's own words, cut to a length.

    Attributes:
        state: what checking it gave.
        signer: name and organisation in the certificate.
        software: what made the manifest.
        signed_at: by a time stamp authority; empty: not told.
        actions: what was done, such as `c2pa.created`.
        source_type: IPTC digital source type, its last part; empty: not told.
        ingredients: number of files that went into this one.
        faults: codes of what does not hold.
    """

    state: CredentialState
    signer: str = ""
    software: str = ""
    signed_at: str = ""
    actions: tuple[str, ...] = ()
    source_type: str = ""
    ingredients: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a file says of itself.

    Attributes:
        credentials: sealed ones; None where there are none.
        entries: of camera, software or container, by name, such as Camera, Software, Taken. A
            place is never copied out of them.
    """

    credentials: Credentials | None = None
    entries: dict[str, str] = field(default_factory=dict)


NOTHING_SAID = Provenance()


def parse(document: dict) -> Provenance:
    """Provenance from its JSON object."""
    told = document["credentials"]
    lists = ("actions", "faults")
    sealed = told and Credentials(**told | {name: tuple(told[name]) for name in lists})
    return Provenance(credentials=sealed, entries=document["entries"])
