"""The experts' part of the PDF, read back: words, marks, tags, the signed verdict inside."""

import base64
import io
import json
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from clarity.evidence.canonical import canonical, digest_of
from clarity.evidence.verify import VERDICT_FILE, check
from clarity.reports.expertise import Attachment, ExpertForm, ExpertReport, Finding
from clarity.reports.settled import (
    CaseKind,
    CaseReport,
    Contribution,
    SettledVerdict,
    SignedVerdict,
)

from .test_pdf import Setting, squeezed, structure

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
REASON = (
    "# Summary\n\nThe **seam** along the jaw, see [the original](https://example.org/clip).\n\n"
    "1. sharp on the left\n2. blurred on the *right*\n\n> quoted words\n\n`f = 8 px`\n\n"
    "<script>alert(1)</script> #panic() \\@label $x$"
)


def written(expert, decision, *, seconds):
    form = ExpertForm.model_validate(
        {
            "decision": decision,
            "certainty": "very-high",
            "reason": REASON,
            "technique": "lip-sync",
            "technique_note": "only the mouth moves",
            "spectral": {"text": "Peaks every eight pixels."},
            "temporal": {"spans": [{"start": 1.25, "end": 2.5, "note": "the lips lag behind"}]},
            "spatial": {
                "regions": [
                    {"box": [0.5, 0.25, 0.25, 0.5], "seconds": seconds, "note": "seam at the jaw"},
                    {"box": [0, 0, 0.1, 0.1], "seconds": 4.9, "note": "too smooth"},
                ]
            },
            "sources": [{"title": "Earlier copy", "url": "https://example.org/e", "note": "uncut"}],
            "notes": "Nothing more.",
        }
    )
    files = [Attachment(id="a1", name="plot.png", mime="image/png", size=1234, digest="cd" * 32)]
    return ExpertReport(
        expert=expert,
        review=1,
        submitted_at=AT,
        version=7,
        media="ab" * 32,
        form=form,
        attachments=files,
    )


def settled(setting):
    seconds = setting.report.people[0].frame_seconds
    reports = [written(name, "fake", seconds=seconds) for name in ("Expert AAAAA", "Expert BBBBB")]
    verdict = SettledVerdict(
        case="case-1",
        kind=CaseKind.DISPUTE,
        media="ab" * 32,
        number=1,
        previous=None,
        decision="fake",
        automatic=setting.report.label,
        panel="ef" * 32,
        contributions=[
            Contribution(expert=one.expert, decision="fake", report=digest_of(one))
            for one in reports
        ],
        settled_at=AT,
    )
    signed = SignedVerdict(
        verdict=verdict,
        digest=digest_of(verdict),
        key=setting.key.public.key_id,
        signature=base64.b64encode(setting.key.sign(canonical(verdict))).decode(),
    )
    return CaseReport(
        case="case-1",
        source="clip.mp4",
        signed=signed,
        expert_reports=reports,
        automatic=setting.report,
    )


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    return Setting(tmp_path_factory.mktemp("expert-pdf"))


@pytest.fixture(scope="module")
def case(setting):
    return settled(setting)


@pytest.fixture(scope="module")
def pdf(setting, case):
    return setting.pdf(case=case)


def test_every_word_of_the_experts_stands_in_the_pdf(case, pdf):
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    told = squeezed(text.replace("\u200b", ""))
    for words in (
        "Experts: Fake. Two experts examined the item independently and agreed.",
        "Report of Expert AAAAA",
        "Report of Expert BBBBB",
        "very high",
        "lip synchronisation. only the mouth moves",
        "Summary",
        "The seam along the jaw, see the original.",
        "1. sharp on the left",
        "2. blurred on the right",
        "quoted words",
        "f = 8 px",
        "<script>alert(1)</script> #panic() @label $x$",
        "Peaks every eight pixels.",
        "0:01.25 to 0:02.50",
        "the lips lag behind",
        "50 % from the left, 25 % from the top, 25 % wide, 50 % high",
        "at 0:04.90",
        "seam at the jaw",
        "See the marked places 1, 2 below.",
        "Earlier copy",
        "https://example.org/e",
        "Nothing more.",
        "plot.png",
        "1,234 bytes",
        "04 March 2026, 05:06 UTC, version 7",
        case.signed.digest,
        case.signed.key,
        digest_of(case.expert_reports[1]),
    ):
        assert squeezed(words) in told, words


def test_marks_are_described_and_the_experts_part_is_tagged(pdf):
    reader = PdfReader(io.BytesIO(pdf))
    tags = structure(reader.trailer["/Root"]["/StructTreeRoot"], {})
    texts = [str(figure.get("/Alt", "")) for figure in tags["/Figure"]]
    marked = [text for text in texts if "marked by Expert AAAAA" in text]
    assert len(marked) == 1
    assert "1: seam at the jaw" in marked[0]
    assert "too smooth" not in marked[0], "that mark is in another frame"
    assert len(tags["/H4"]) >= 8
    assert len(tags["/LI"]) >= 3 + 4, "what to do next, and the experts' own lists"
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "pdfuaid:part" in metadata


def test_the_verdict_inside_is_checked_offline(setting, case, pdf):
    inside = {name: parts[0] for name, parts in PdfReader(io.BytesIO(pdf)).attachments.items()}
    assert json.loads(inside[VERDICT_FILE]) == json.loads(case.model_dump_json())
    checked = check(pdf, setting.keys)
    assert checked.faults == ()
    assert checked.facts["Experts' verdict"] == "fake, on 2026-03-04"


@pytest.mark.parametrize("changed", ["decision", "reason", "dropped"])
def test_a_verdict_or_report_that_was_changed_is_found(setting, case, changed):
    if changed == "decision":
        verdict = case.signed.verdict.model_copy(update={"decision": Finding.REAL})
        signed = case.signed.model_copy(update={"verdict": verdict})
        other = case.model_copy(update={"signed": signed})
    elif changed == "reason":
        first = case.expert_reports[0]
        form = first.form.model_copy(update={"reason": "Something else was written here."})
        reports = [first.model_copy(update={"form": form}), case.expert_reports[1]]
        other = case.model_copy(update={"expert_reports": reports})
    else:
        other = case.model_copy(update={"expert_reports": case.expert_reports[:1]})
    faults = check(setting.pdf(case=other), setting.keys).faults
    assert faults
    assert all(fault.where == "experts' verdict in the PDF" for fault in faults)
