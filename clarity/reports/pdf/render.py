"""From a stored report to its sealed PDF."""

import io
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Literal

from PIL import Image

from clarity.detectors.card import Card
from clarity.errors import ClarityError
from clarity.evidence.keys import SigningKey
from clarity.evidence.messages import SignedReceipt
from clarity.evidence.seal import seal
from clarity.evidence.verify import RECEIPT_FILE, REPORT_FILE, VERDICT_FILE
from clarity.reports.messages import Report
from clarity.reports.pdf.facts import facts
from clarity.reports.settled import CaseReport

STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]
BEYOND = 0x530
"""The fonts of the typesetter show Latin, Greek and Cyrillic, and punctuation."""
PUNCTUATION = "\u2013\u2014\u2019\u2026\u2082"


class PdfFailed(ClarityError):
    """The PDF of this report cannot be made."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "pdf-failed"
    hint = "The same report is there as report.json; tell the operator about the PDF."


def render(
    report: Report,
    *,
    source: str,
    images: Mapping[str, bytes],
    cards: Mapping[str, Card],
    receipt: SignedReceipt | None,
    key: SigningKey,
    case: CaseReport | None = None,
) -> bytes:
    """The report as a sealed PDF.

    Args:
        report: as it is stored.
        source: name of the item, as its owner knows it.
        images: every picture that the report names -> its bytes.
        cards: detector name -> card, for titles and limits.
        receipt: goes inside, where one was kept.
        key: seals the file.
        case: what experts settled, to stand beside the automatic report.

    Raises:
        PdfFailed: the typesetter refuses it.
    """
    sizes = {name: Image.open(io.BytesIO(data)).size for name, data in images.items()}
    told = facts(report, source=source, cards=cards, receipt=receipt, frame_sizes=sizes, case=case)
    with TemporaryDirectory(prefix="clarity-pdf-") as name:
        folder = Path(name)
        (folder / "images").mkdir()
        for image, data in images.items():
            (folder / "images" / image).write_bytes(data)
        (folder / REPORT_FILE).write_text(report.model_dump_json(indent=2))
        if receipt is not None:
            (folder / RECEIPT_FILE).write_text(receipt.model_dump_json(indent=2))
        if case is not None:
            (folder / VERDICT_FILE).write_text(case.model_dump_json(indent=2))
        return seal(_typeset(folder, told, report), key)


def _typeset(folder: Path, told: dict[str, Any], report: Report) -> bytes:
    """Compile the template; what no font can show is spelled out, for a blank box tells nothing."""
    import typst

    main = folder / "report.typ"
    main.write_bytes((files(__package__) / "report.typ").read_bytes())
    for own_fonts, spelled in ((True, False), (False, False), (True, True)):
        shown = _spelled(told) if spelled else told
        (folder / "facts.json").write_text(json.dumps(shown, ensure_ascii=False))
        try:
            pdf: bytes = typst.compile(  # type: ignore[call-overload]  # its stub wants an output
                main,
                root=folder,
                format="pdf",
                pdf_standards=STANDARDS,
                ignore_system_fonts=own_fonts,
                package_path=folder,
                timestamp=report.created_at.replace(microsecond=0),
            )
        except typst.TypstError as error:
            refusal = error
        else:
            return pdf
    raise PdfFailed("This report cannot be set as a PDF.") from refusal


def _spelled(value: Any) -> Any:
    """The same with every character beyond Latin, Greek and Cyrillic as its code point."""
    if isinstance(value, str):
        return "".join(_letter(character) for character in value)
    if isinstance(value, dict):
        return {name: _spelled(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(part) for part in value]
    return value


def _letter(character: str) -> str:
    known = ord(character) < BEYOND or character in PUNCTUATION
    return character if known and character.isprintable() else f"<U+{ord(character):04X}>"
