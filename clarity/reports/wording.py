"""What a report says to a person: words, signs and colours, numbers as they are read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clarity.labels import FAKE_ABOVE, REAL_BELOW, Label
from clarity.media.provenance import Credentials
from clarity.reports.messages import ModelOpinion, MotionFacts


@dataclass(frozen=True, slots=True)
class Decision:
    """How a label is told.

    Attributes:
        word: the label itself.
        sign: name of the sign in `style.css` and in `report.typ`; every decision has another shape.
        mark: the sign as one character, for a terminal.
        tone: name of the colour there.
        meaning: what it says, and what it does not.
        next_steps: what a reader can do now.
    """

    word: str
    sign: str
    mark: str
    tone: str
    meaning: str
    next_steps: tuple[str, ...]


DECISIONS = {
    Label.REAL: Decision(
        word="Real",
        sign="check",
        mark="✔",
        tone="real",
        meaning=(
            "No model found it more likely fake than real. This is not proof: a new or very "
            "careful manipulation can pass unseen, and Clarity judges faces, not captions, "
            "dates or places."
        ),
        next_steps=(
            "Check that the caption, the date and the place fit what is shown.",
            "Look for the earliest copy and who published it.",
            "If much depends on it, let a forensic expert look at the original file.",
        ),
    ),
    Label.SUSPICIOUS: Decision(
        word="Suspicious",
        sign="question",
        mark="?",
        tone="suspicious",
        meaning=(
            "At least one model finds it as likely fake as real, or likelier, but none is more "
            "than 90 % sure. It may be a deepfake; it may also be a real recording that was "
            "strongly compressed, filtered or retouched. Treat it as undecided."
        ),
        next_steps=(
            "Do not pass it on as real, nor as fake.",
            "Try a better copy: the original file instead of a screenshot or a forwarded one.",
            "Look for the same scene from another source, and see below which parts stood out.",
        ),
    ),
    Label.FAKE: Decision(
        word="Fake",
        sign="cross",
        mark="✘",
        tone="fake",
        meaning=(
            "At least one model is more than 90 % sure that a face was made or changed by "
            "software. It can still be wrong, and it does not say who made it or why."
        ),
        next_steps=(
            "Do not pass it on as real.",
            "Keep the original file and this report; the fingerprint below ties them together.",
            "If you are the person shown, report it where it was published.",
        ),
    ),
    Label.NOT_APPLICABLE: Decision(
        word="Not applicable",
        sign="dash",
        mark="-",
        tone="neutral",
        meaning=(
            "Clarity found nothing that it can judge, so it gives no probability. "
            "That says nothing about whether the item is real or fake."
        ),
        next_steps=(
            "Use a picture or a clip in which a face is well visible and not turned away.",
            "Use a larger copy if the face is only a few pixels wide.",
            "Cut to the person if the face is a small part of a large scene.",
        ),
    ),
}

SCALE_NOTE = (
    f"Below {REAL_BELOW:.0%} in every model: Real. Above {FAKE_ABOVE:.0%} in any model: Fake. "
    "Anything between: Suspicious."
).replace("%", " %")

MANIPULATIONS = {
    "face_swap": "face swap",
    "reenactment": "re-enactment",
    "lip_sync": "lip-sync",
    "attribute": "attribute editing",
    "synthesis": "entirely generated faces",
    "none": "real faces",
}


BESIDE = "beside the verdict"
"""Said of a model whose opinion has no part in the verdict."""

MOTION_NOTE = (
    "This stands beside the verdict and is not part of it: a film dubbed into another language "
    "disagrees with its lips too, and lips that a network made for a sound agree with it."
)

PROVENANCE_NOTE = (
    "This stands beside the verdict and is not part of it: entries can be false, seals can be "
    "missing for harmless reasons, and most files carry nothing."
)

CREDENTIALS = {
    "trusted": "Sealed, and unchanged since. The signer is on this service's list of trust.",
    "valid": "Sealed, and unchanged since. Who the signer is, this service cannot confirm.",
    "invalid": "There are credentials, but they do not hold: the file or they were changed.",
    "unreadable": "There may be credentials, but they cannot be read.",
}
NO_CREDENTIALS = "None. That says nothing: most files carry none, and they are easily lost."
ENTRIES_NOTE = "Anybody can write these into a file."
NO_ENTRIES = "None. That says nothing: most services remove them."

SOURCE_TYPES = {
    "trainedAlgorithmicMedia": "made by a generative model",
    "compositeWithTrainedAlgorithmicMedia": "a composite, in part made by a generative model",
    "algorithmicMedia": "made by software, not by a trained model",
    "digitalCapture": "captured by a camera",
    "computationalCapture": "captured by a camera, with computed parts",
    "digitalCreation": "made by a person with software",
    "composite": "a composite",
    "compositeCapture": "a composite of captured pictures",
    "screenCapture": "captured from a screen",
    "humanEdits": "edited by a person",
    "virtualRecording": "recorded from a virtual scene",
}


def credential_rows(told: Credentials) -> dict[str, str]:
    """What credentials say, by name; only what is told."""
    rows = {
        "Signer": told.signer,
        "Signed": told.signed_at,
        "Made with": told.software,
        "Says of its source": SOURCE_TYPES.get(told.source_type, told.source_type),
        "Says what was done": ", ".join(name.removeprefix("c2pa.") for name in told.actions),
        "Made from": count(told.ingredients, "other file") if told.ingredients else "",
        "What does not hold": ", ".join(told.faults),
    }
    return {name: value for name, value in rows.items() if value}


def model_title(opinion: ModelOpinion, title: str | None) -> str:
    """Title of a model as its opinion is headed; its name where its card is not at hand."""
    named = title or opinion.model
    return f"{named} ({BESIDE})" if opinion.advisory else named


def deciding(opinions: Sequence[ModelOpinion]) -> list[float]:
    """Confidences that have a part in the verdict."""
    return [o.confidence for o in opinions if o.confidence is not None and not o.advisory]


def trust_intro(manipulations: Iterable[str]) -> str:
    """What a confidence is worth, and which manipulations its models learned from."""
    learned = {MANIPULATIONS.get(each, each) for each in manipulations if each not in ("", "none")}
    words = (
        "The confidence is a probability that was calibrated on recordings with a known answer; "
        "it is an estimate, not a proof."
    )
    return (
        f"{words} The models were trained on: {', '.join(sorted(learned))}." if learned else words
    )


def limit_lines(limits: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Every limit once, with the titles of the models that have it where there are several.

    Args:
        limits: each model's title and its limits.
    """
    of: dict[str, list[str]] = {}
    for title, told in limits:
        for limit in told:
            of.setdefault(limit, []).append(title)
    if len(limits) < 2:
        return list(of)
    return [f"{', '.join(titles)}: {limit}" for limit, titles in of.items()]


def motion_lines(told: MotionFacts) -> list[str]:
    """What was seen of a person over consecutive frames, in sentences."""
    if told.abstention:
        return [told.abstention]
    begin, end = (f"{seconds or 0:.1f}" for seconds in (told.begin_seconds, told.end_seconds))
    lines = [f"The face was followed from {begin} to {end} s, through {told.frames} frames."]
    if told.agreement is None:
        lines.append(f"Lips and sound were not compared: {told.unheard}.")
    else:
        lines.append(
            f"Lips and sound: their agreement stands out by {told.agreement:.1f} deviations; "
            "2 to 3 is usual where they belong together, below 1 where they do not."
        )
    if told.restlessness is not None:
        lines.append(
            f"Order of the frames: restlessness {told.restlessness:.1f}; 1.1 where frames stand "
            "in no order, below 0.8 in every real clip that was measured."
        )
    return lines


def percent(value: float) -> str:
    """A probability in [0, 1] as a person reads it.

    Whole percents, without ever claiming certainty. Where rounding would put the value on the
    other side of a label's limit, it gets a decimal and stays on its own side.
    """
    if value < 0.01:
        return "under 1 %"
    if value > 0.99:
        return "over 99 %"
    whole = round(value * 100)
    if value < REAL_BELOW and whole >= REAL_BELOW * 100:
        return f"{min(value * 100, REAL_BELOW * 100 - 0.1):.1f} %"
    if value > FAKE_ABOVE and whole <= FAKE_ABOVE * 100:
        return f"{max(value * 100, FAKE_ABOVE * 100 + 0.1):.1f} %"
    return f"{whole} %"


def clock(seconds: float) -> str:
    """A time in a video as minutes:seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def duration(seconds: float) -> str:
    """A span of time in words."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{clock(seconds)} min"


def scaled(value: float, unit: str) -> str:
    """A small quantity with two significant digits and the prefix that fits, as "0.16 mWh"."""
    for prefix, factor in (("", 1.0), ("m", 1e3), ("µ", 1e6)):
        if value * factor >= 0.1:
            return f"{_two_digits(value * factor)} {prefix}{unit}"
    return f"under 0.1 µ{unit}" if value > 0 else f"0 {unit}"


def _two_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.2g}"


def footprint(watt_hours: float, gco2e: float) -> str:
    """Energy and emissions of one or more scans."""
    return f"{scaled(watt_hours, 'Wh')}, {scaled(gco2e, 'g')} CO₂e"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: "1 face", "3 faces"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
