import cv2
import numpy as np
import pytest

from clarity.faces.align import align, alignment, transform
from clarity.faces.detect import FaceDetector
from clarity.faces.geometry import overlap
from clarity.media.decode import decode
from clarity.media.limits import Limits
from data.crops import decoded
from data.items import Annotation
from data.shards import CLIP_SCHEMA, CROP_SCHEMA
from data.stages import Settings, prepare_item
from tests.unit.data.making import face, faceless, film, item, picture, truncated

ELSEWHERE = Annotation(box=(0, 200, 30, 30))


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


def expected(pixels, found):
    """What training stored before there were shards, written out independently."""
    crop = align(pixels, found, size=256, margin=1.4)
    points = transform(found.landmarks, alignment(found, size=256, margin=1.4))
    return crop, points


def test_a_picture_gives_one_row_with_the_very_pixels_of_the_old_crop(tmp_path, detector):
    shown = picture(tmp_path / "a.jpg")
    prepared = prepare_item(shown, detector, Settings())
    (row,) = prepared.crops
    assert (prepared.clips, prepared.rejects) == ([], [])
    assert set(row) == set(CROP_SCHEMA.names)
    pixels = cv2.cvtColor(cv2.imread(str(shown.path)), cv2.COLOR_BGR2RGB)
    crop, points = expected(pixels, detector.detect(pixels)[0])
    assert np.array_equal(decoded(row["crop"]), crop)
    assert np.array_equal(row["landmarks"].reshape(5, 2), points)
    assert (row["media_width"], row["media_format"]) == (256, "image/jpeg")
    assert row["media_bytes"] == shown.path.stat().st_size
    assert (row["media_codec"], row["jpeg_quality"]) == ("jpeg", 92)


def test_a_film_gives_a_row_a_sampled_frame_and_clips_of_consecutive_ones(tmp_path, detector):
    shown = film(tmp_path / "a.mp4")
    prepared = prepare_item(shown, detector, Settings(frames=6, clips=2))
    frames = decode(shown.path, Limits(max_frames=6)).frames
    assert [row["frame"] for row in prepared.crops] == [frame.index for frame in frames]
    for row, frame in zip(prepared.crops, frames, strict=True):
        crop, _ = expected(frame.pixels, detector.detect(frame.pixels)[0])
        assert np.array_equal(decoded(row["crop"]), crop)
    assert {row["person"] for row in prepared.crops} == {0}
    assert {(row["media_codec"], row["jpeg_quality"]) for row in prepared.crops} == {("h264", None)}
    assert len(prepared.clips) == 2
    for clip in prepared.clips:
        assert set(clip) == set(CLIP_SCHEMA.names)
        assert clip["rate"] == 25
        assert decoded(clip["crops"][15]).shape == (224, 224, 3)
        assert decoded(clip["mouths"][15]).shape == (96, 96, 3)
        assert len(clip["crops"]) == len(clip["mouths"]) == 16
        assert clip["landmarks"].shape == (160,)
        assert clip["sound"].size == 0
        assert clip["frame"] in [frame.index for frame in frames]


@pytest.mark.parametrize(
    ("make", "stage", "code"),
    [
        (lambda path: item(path), "read", "FileNotFoundError"),
        (truncated, "decode", "media-damaged"),
        (faceless, "detect", "no-face"),
        (
            lambda path: picture(path, annotation=Annotation(box=(0, 200, 30, 30))),
            "detect",
            "no-face",
        ),
    ],
)
def test_what_gives_no_row_is_rejected_with_its_reason(tmp_path, detector, make, stage, code):
    prepared = prepare_item(make(tmp_path / "a.jpg"), detector, Settings())
    (reject,) = prepared.rejects
    assert (prepared.crops, prepared.clips) == ([], [])
    assert (reject["key"], reject["stage"], reject["code"]) == ("a.jpg", stage, code)
    assert reject["reason"]


def test_a_text_that_is_called_a_picture(tmp_path, detector):
    path = tmp_path / "a.jpg"
    path.write_text("no picture at all " * 9)
    (reject,) = prepare_item(item(path), detector, Settings()).rejects
    assert (reject["stage"], reject["code"]) == ("read", "unsupported-media")


def test_of_two_faces_the_annotated_one_is_cut(tmp_path, detector):
    small = cv2.resize(face(), (128, 128))
    both = np.zeros((256, 512, 3), np.uint8)
    both[:, :256], both[64:192, 330:458] = face(), small
    large, little = detector.detect(both)
    shown = picture(tmp_path / "a.png", both, annotation=Annotation(box=little.box))
    (row,) = prepare_item(shown, detector, Settings()).crops
    assert row["face_size"] == pytest.approx(little.size)
    assert large.size > 1.5 * little.size


def test_frames_outside_the_forged_stretch_are_left_out(tmp_path, detector):
    stretch = Annotation(segments=((0.5, 1.0),))
    shown = film(tmp_path / "a.mp4", fake=True, annotation=stretch)
    rows = prepare_item(shown, detector, Settings(frames=8, clips=0)).crops
    assert rows
    assert all(0.5 <= row["seconds"] <= 1.0 for row in rows)


def test_overlap_of_boxes():
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert overlap((0, 0, 2, 2), (1, 0, 2, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (5, 5, 1, 1)) == 0
