import cv2
import numpy as np
import pytest
from skimage import data

from clarity.faces.align import CROP_MARGIN, align, alignment, transform
from clarity.faces.detect import FaceDetector
from clarity.faces.geometry import Face
from clarity.faces.track import track
from clarity.media.frames import Frame


@pytest.fixture(scope="module")
def detector():
    return FaceDetector()


@pytest.fixture(scope="module")
def portrait():
    return data.astronaut()


def rotated(picture, degrees):
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)


def test_the_face_of_a_portrait_is_found_where_it_is(detector, portrait):
    (face,) = detector.detect(portrait)
    x, y, width, height = face.box
    assert 150 < x < x + width < 300
    assert 50 < y < y + height < 230
    right_eye, left_eye, nose, right_mouth, _ = face.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_eye[1] < nose[1] < right_mouth[1]


def test_nothing_is_found_where_nobody_is(detector):
    assert detector.detect(data.coffee()) == []


def test_a_face_that_fills_the_picture_is_found(detector, portrait):
    (face,) = detector.detect(portrait)
    x, y, width, height = (int(v) for v in face.box)
    assert detector.detect(np.ascontiguousarray(portrait[y : y + height, x : x + width]))


@pytest.mark.parametrize("degrees", [-25, 10, 25])
def test_eyes_are_level_and_the_box_is_centred_after_alignment(detector, portrait, degrees):
    face = detector.detect(rotated(portrait, degrees))[0]
    points = transform(face.landmarks, alignment(face, size=224))
    assert points[0][1] == pytest.approx(points[1][1], abs=0.5)
    x, y, width, height = face.box
    centre = transform(np.array([[x + width / 2, y + height / 2]]), alignment(face, size=224))
    assert centre[0] == pytest.approx([112, 112], abs=0.5)


def test_the_crop_does_not_depend_on_the_size_of_the_picture(detector, portrait):
    large = cv2.resize(portrait, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    face = detector.detect(portrait)[0]
    scaled = Face(tuple(4 * v for v in face.box), face.landmarks * 4, face.confidence)
    crops = [align(portrait, face, size=96), align(large, scaled, size=96)]
    assert np.abs(crops[0].astype(int) - crops[1]).mean() < 4


def test_what_lies_outside_the_picture_is_mirrored_not_black(portrait):
    face = Face(
        (0, 0, 200, 200), np.float32([[60, 80], [140, 80], [100, 120], [70, 160], [130, 160]]), 1.0
    )
    crop = align(np.full_like(portrait, 200), face, margin=2 * CROP_MARGIN)
    assert crop.min() == 200


def face_at(x, size=100.0):
    return Face((x, 50.0, size, size), np.zeros((5, 2), np.float32), 1.0)


def frames(shots):
    pixels = np.zeros((4, 4, 3), np.uint8)
    return [Frame(i, i / 2, shot, pixels) for i, shot in enumerate(shots)]


def test_two_people_stay_two_people_when_the_order_of_detection_changes():
    left, right = face_at(10), face_at(400, 90)
    tracks = track(frames([0, 0, 0]), [[left, right], [right, left], [left, right]])
    assert [[s.face.box[0] for s in t.sightings] for t in tracks] == [[10] * 3, [400] * 3]
    assert [t.person for t in tracks] == [0, 1]


def test_a_person_who_is_hidden_for_a_moment_keeps_the_track():
    left, right = face_at(10), face_at(400)
    tracks = track(frames([0, 0, 0]), [[left, right], [right], [left, right]])
    assert sorted(len(t.sightings) for t in tracks) == [2, 3]


def test_a_cut_ends_the_tracks_of_several_people():
    pair = [face_at(10), face_at(400)]
    assert len(track(frames([0, 1]), [pair, pair])) == 4


def test_a_video_that_never_shows_two_faces_shows_one_person():
    assert len(track(frames([0, 1, 2]), [[face_at(10)], [], [face_at(600, 30)]])) == 1
