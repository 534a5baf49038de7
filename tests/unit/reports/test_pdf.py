"""The PDF read back: every number, every tag, the seal, the evidence inside."""

import io
import json
import re
from datetime import UTC, datetime

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader
from skimage import data

from clarity.database import Database
from clarity.detectors import registry
from clarity.evidence import service
from clarity.evidence.canonical import digest_of
from clarity.evidence.keys import load_or_make
from clarity.evidence.messages import Receipt
from clarity.evidence.verify import check
from clarity.labels import Label
from clarity.media.frames import DecodedMedia, Frame, MediaKind
from clarity.media.provenance import Credentials, Provenance
from clarity.reports.messages import ModelOpinion
from clarity.reports.pdf.render import render
from clarity.reports.wording import CREDENTIALS, PROVENANCE_NOTE
from clarity.scanner.pipeline import examine
from tests.releases import write_release

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Setting:
    """A report of a clip with two people, its receipt and the PDF of both."""

    def __init__(self, folder):
        card = write_release(folder / "releases", "r1", gain=4.0, deploy=True)
        panel = {"xception": registry.load("xception", root=folder / "releases")}
        self.cards = {"xception": card}
        self.findings = examine(_clip(), digest="ab" * 32, panel=panel, deliveries=True)
        self.report = self.findings.report
        self.key = load_or_make(folder / "key.pem")
        self.keys = {self.key.public.key_id: self.key.public}
        receipt = Receipt(
            made_at=AT, trace=self.findings.trace, report=digest_of(self.report), images={}
        )
        log = Database(f"sqlite:///{folder}/log.sqlite", package="clarity.evidence")
        log.upgrade()
        with log.write() as session:
            self.receipt = service.append(session, receipt, self.key, at=AT)
        log.close()

    def pdf(self, source="clip.mp4", **changes):
        given = {"cards": self.cards, "receipt": self.receipt, "report": self.report} | changes
        report = given.pop("report")
        return render(report, source=source, images=self.findings.images, key=self.key, **given)


def _clip():
    portrait = data.astronaut()
    pair = np.hstack([(portrait * 0.25).astype(np.uint8), portrait])
    frames = [(pair * (1 - 0.04 * n)).astype(np.uint8) for n in range(5)]
    return DecodedMedia(
        kind=MediaKind.VIDEO,
        mime="video/mp4",
        width=1024,
        height=512,
        duration=5.4321,
        has_sound=True,
        frames=tuple(Frame(i, i * 1.1, 0, pixels) for i, pixels in enumerate(frames)),
        provenance=Provenance(
            credentials=Credentials(
                state="invalid",
                signer="Somebody, Somewhere",
                source_type="digitalCapture",
                faults=("assertion.dataHash.mismatch",),
            ),
            entries={"Camera": "Maker X1", "Place": "a place is noted in the file"},
        ),
    )


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    return Setting(tmp_path_factory.mktemp("pdf"))


@pytest.fixture(scope="module")
def pdf(setting):
    return setting.pdf()


@pytest.fixture(scope="module")
def text(pdf):
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return "\n".join(pages).replace("\u200b", "")


def numbers(value):
    """Every fraction in a JSON document, as JSON writes it."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif isinstance(value, float):
        yield json.dumps(value)


def squeezed(text):
    return re.sub(r"\s", "", text)


def test_every_number_of_the_json_stands_in_the_pdf(setting, text):
    document = json.loads(setting.report.model_dump_json())
    document["media"].pop("duration_seconds")  # read as minutes and seconds
    document["people"] = [
        {name: value for name, value in person.items() if name != "frame_seconds"}
        for person in document["people"]
    ]
    told = squeezed(text)
    missing = {number for number in numbers(document) if number not in told}
    assert missing == set()
    assert len(set(numbers(document))) > 20
    assert setting.report.media.digest in told
    assert "0:05 min, with sound" in text
    assert "1024 by 512 pixels" in text


def test_every_number_in_the_pdf_is_in_the_json_or_a_rounding_of_one(setting, text):
    document = json.loads(setting.report.model_dump_json())
    document["receipt"] = json.loads(setting.receipt.model_dump_json())
    known = [float(number) for number in numbers(document)]
    known += [sum(time.seconds for time in setting.report.times)]
    told = [float(number) for number in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.])", text)]
    assert len(told) > 20
    for number in told:
        digits = len(str(number).split(".")[1])
        scaled = [value * factor for value in known for factor in (1, 100, 1e3, 1e6)]
        near = any(
            round(value, digits) == number or f"{value:.2g}" == f"{number:g}" for value in scaled
        )
        # stated beforehand: limits of labels, power and grid of the estimate
        stated = number in (0.5, 0.9) or f"{number:g}" in setting.report.footprint.basis
        assert near or stated, number


def test_labels_and_words_are_those_of_the_report(setting, text):
    flat = " ".join(text.split())
    assert setting.report.reason in flat
    for limit in setting.cards["xception"].limits:
        assert limit in flat
    assert "Brightness" in flat
    for words in (CREDENTIALS["invalid"], PROVENANCE_NOTE, "Somebody, Somewhere", "Maker X1"):
        assert words in flat
    assert "captured by a camera" in flat
    assert "assertion.dataHash.mismatch" in squeezed(text)
    assert setting.receipt.signed.entry.receipt in squeezed(text)


def test_copies_of_every_person_stand_in_it_in_words(setting, text):
    flat = " ".join(text.split())
    for number in (1, 2):
        assert f"Person {number}: What if this was sent on?" in flat
    assert flat.count("Compressed as video platforms do (H.264, rate factor 28)") == 2
    assert flat.count("The face in 5 frames was compressed and shrunk") == 2
    assert flat.count("None of them turns the answer into its opposite.") == 2
    spreads = [person.delivery.spread for person in setting.report.people]
    assert all(json.dumps(spread) in squeezed(text) for spread in spreads)


def test_an_answer_that_turns_is_explained(setting):
    """Not by the words for a suspicion, which would be wrong of a confidence of 0.95."""
    person = setting.report.people[0]
    delivery = person.delivery.model_copy(update={"itself": 0.95, "flips": True})
    turning = setting.report.model_copy(
        update={
            "label": Label.SUSPICIOUS,
            "confidence": 0.95,
            "people": [person.model_copy(update={"label": Label.SUSPICIOUS, "delivery": delivery})],
        }
    )
    pages = PdfReader(io.BytesIO(setting.pdf(report=turning, receipt=None))).pages
    flat = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "would get the opposite answer" in flat
    assert "none is more than 90 % sure" not in flat
    assert "Suspicious all the same" in flat
    assert "Person 1: What if" not in flat
    assert "What if this was sent on?" in flat
    assert "so the person is called Suspicious" in flat


def test_limits_are_those_of_models_that_gave_a_confidence(setting):
    limits = {"limits": ["It knows nothing of stills."], "name": "timing"}
    cards = setting.cards | {"timing": setting.cards["xception"].model_copy(update=limits)}

    def page(**said):
        opinions = [*setting.report.opinions, ModelOpinion(model="timing", release="r1", **said)]
        report = setting.report.model_copy(update={"opinions": opinions})
        pages = PdfReader(io.BytesIO(setting.pdf(report=report, receipt=None, cards=cards))).pages
        return "".join(one.extract_text() for one in pages)

    assert "nothing of stills" in page(confidence=0.2)
    assert "nothing of stills" not in page(abstention="A still picture has no motion.")


def test_a_trusted_signer_reads_otherwise_than_an_unknown_one(setting):
    read = {}
    for state in ("trusted", "valid"):
        told = Provenance(credentials=Credentials(state=state, signer="Somebody, Somewhere"))
        report = setting.report.model_copy(update={"provenance": told})
        pages = PdfReader(io.BytesIO(setting.pdf(report=report, receipt=None))).pages
        read[state] = " ".join(" ".join(page.extract_text() for page in pages).split())
    for state, text in read.items():
        (other,) = read.keys() - {state}
        assert CREDENTIALS[state] in text
        assert CREDENTIALS[other] not in text


def test_the_json_inside_is_the_report_and_the_receipt(setting, pdf):
    inside = {name: parts[0] for name, parts in PdfReader(io.BytesIO(pdf)).attachments.items()}
    assert set(inside) == {"report.json", "receipt.json"}
    assert json.loads(inside["report.json"]) == json.loads(setting.report.model_dump_json())
    assert json.loads(inside["receipt.json"]) == json.loads(setting.receipt.model_dump_json())


def structure(node, found):
    """Elements of the tree of tags: kind -> elements."""
    if isinstance(node, list):
        for part in node:
            structure(part, found)
        return found
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return structure(list(node), found)
    if isinstance(node, dict):
        if "/S" in node:
            found.setdefault(node["/S"], []).append(node)
        if "/K" in node:
            structure(node["/K"] if isinstance(node["/K"], list) else [node["/K"]], found)
    return found


def test_it_is_tagged_has_a_language_a_title_and_alternative_texts(pdf):
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF boolean
    assert root["/Lang"].startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert reader.metadata.title.startswith("Clarity report on clip.mp4")
    metadata = root["/Metadata"].get_data().decode()
    assert "pdfuaid:part" in metadata
    assert "pdfaid:part" in metadata
    tags = structure(root["/StructTreeRoot"], {})
    assert len(tags["/H1"]) == 1
    assert len(tags["/H2"]) >= 6
    assert len(tags["/TH"]) > 5
    assert {"/L", "/LI", "/Table", "/TR", "/TD"} <= set(tags)
    figures = tags["/Figure"]
    # the scale; for each of two people the face, the frame and the timeline
    assert sum(bool(figure.get("/Alt", "").strip()) for figure in figures) >= 7
    assert all("/Tabs" not in page or page["/Tabs"] == "/S" for page in reader.pages)
    assert all(page["/StructParents"] is not None for page in reader.pages)


def test_pages_look_like_something(pdf):
    document = pypdfium2.PdfDocument(pdf)
    try:
        for number in range(len(document)):
            page = document[number]
            picture = np.asarray(page.render(scale=1).to_pil().convert("L"))
            page.close()
            assert 0.002 < (picture < 200).mean() < 0.5, number
    finally:
        document.close()


def test_the_seal_is_sound(setting, pdf):
    checked = check(pdf, setting.keys)
    assert (checked.kind, checked.faults) == ("report (PDF)", ())
    assert checked.facts["Confidence"] == repr(setting.report.confidence)


def test_a_changed_byte_anywhere_is_found(setting, pdf):
    rng = np.random.default_rng(0)
    gap = pdf.rindex(b"/Contents <") + 11  # the seal itself, which it cannot cover
    places = [*rng.integers(9, len(pdf), 20), *range(gap, gap + 120, 4), gap + 2000]
    for place in places:
        changed = bytearray(pdf)
        changed[place] ^= 1
        assert check(bytes(changed), setting.keys).faults, f"byte {place} of {len(pdf)}"


def test_a_part_added_or_cut_off_is_found(setting, pdf):
    assert "added" in check(pdf + b"\n% more\n", setting.keys).faults[0].what
    assert check(pdf[:-200], setting.keys).faults
    assert check(pdf[: len(pdf) // 2], setting.keys).faults


def test_another_report_inside_is_found_and_named(setting):
    """Sealed with the right key, yet the receipt is of another report."""
    other = setting.report.model_copy(update={"confidence": 0.25})
    (fault,) = check(setting.pdf(report=other), setting.keys).faults
    assert fault.where == "report in the PDF"


def test_a_seal_of_a_stranger_is_found(setting, pdf, tmp_path):
    stranger = load_or_make(tmp_path / "stranger.pem").public
    told = check(pdf, {stranger.key_id: stranger}).faults
    assert [fault.where for fault in told] == ["PDF", "log entry 1 in the PDF"]
    assert setting.key.public.key_id in told[0].what


def test_an_unsealed_pdf_is_none_of_ours(setting):
    import pypdf

    blank = io.BytesIO()
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(blank)
    assert check(blank.getvalue(), setting.keys).faults[0].what == "It bears no seal."


@pytest.mark.parametrize(
    "source",
    [
        "中文 имя עברית 😀.mp4",
        '#import "/etc/passwd" $x^2$ *bold* \\u{41} "; </script>.png',
        "a" * 120,
        "\U000e0041\x00\u202e.png",
    ],
)
def test_any_name_of_an_item_is_set_and_none_is_markup(setting, source):
    pdf = setting.pdf(source)
    assert check(pdf, setting.keys).faults == ()
    first = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    if source.startswith("#import"):
        assert "*bold*" in squeezed(first)
        assert "root:" not in first


def test_a_report_of_old_and_one_without_people(setting):
    people = [one.model_copy(update={"delivery": None}) for one in setting.report.people]
    old = setting.report.model_copy(update={"people": people})
    pdf = setting.pdf(report=old, receipt=None, cards={})
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert not any("sent on" in page.extract_text() for page in pages)
    checked = check(pdf, setting.keys)
    assert checked.faults == ()
    assert "before receipts" in checked.facts["Receipt"]
    nobody = setting.report.model_copy(
        update={
            "label": Label.NOT_APPLICABLE,
            "confidence": None,
            "people": [],
            "opinions": [
                one.model_copy(update={"confidence": None, "abstention": "No face was found."})
                for one in setting.report.opinions
            ],
        }
    )
    page = PdfReader(io.BytesIO(setting.pdf(report=nobody, receipt=None))).pages[0].extract_text()
    assert "Not applicable" in page
    assert "probability of being fake" not in page


def test_pictures_inside_are_those_of_the_report(setting, pdf):
    pixels = Image.open(io.BytesIO(setting.findings.images["person-0-face.png"])).convert("RGB")
    wanted = np.asarray(pixels).tobytes()
    shown = [
        image.image.convert("RGB").tobytes()
        for page in PdfReader(io.BytesIO(pdf)).pages
        for image in page.images
    ]
    assert wanted in shown
