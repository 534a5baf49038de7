"""Make the built-in examples again: `python -m apps.scanner.examples.make_examples`.

All come from two pictures of scikit-image, see README.md beside this file. The fake is made
the way a face swap is: another view of a face (here the portrait's own, mirrored and
re-shaped) is warped onto the landmarks, matched in colour and blended in.
"""

from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data

FOLDER = Path(__file__).parent
# Eyes, nose and corners of the mouth of the portrait, in pixels.
LANDMARKS = np.array([[200, 102], [247, 103], [220, 124], [199, 143], [240, 144]], np.float32)
FACE_CENTRE, FACE_AXES = (221, 122), (42, 56)
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]
CLIP_SIDE, CLIP_RATE, CLIP_SECONDS = 384, 12, 6


def swapped(portrait: np.ndarray) -> np.ndarray:
    """The portrait with a manipulated face: uint8 BGR, same shape."""
    height, width = portrait.shape[:2]
    mirrored = cv2.flip(portrait, 1)
    marks = LANDMARKS.copy()
    marks[:, 0] = width - 1 - marks[:, 0]
    marks = marks[[1, 0, 2, 4, 3]]
    target = LANDMARKS + np.array([[-2, 1], [2, 1], [0, 3], [-3, 2], [3, 2]], np.float32)
    warp, _ = cv2.estimateAffine2D(marks, target)
    donor = cv2.warpAffine(mirrored, warp, (width, height), flags=cv2.INTER_CUBIC)
    # swapping tools paint the face at a low resolution of their own
    small = cv2.resize(donor, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    donor = cv2.resize(small, (width, height))
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(mask, FACE_CENTRE, FACE_AXES, 0, 0, 360, 255, -1)
    return cv2.seamlessClone(donor, portrait, mask, FACE_CENTRE, cv2.NORMAL_CLONE)


def write_clip(path: Path, first: np.ndarray, second: np.ndarray) -> None:
    """A slow camera move over the first picture, then over the second: H.264, no sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=CLIP_RATE)
        stream.width = stream.height = CLIP_SIDE
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "24", "preset": "slow"}
        total = CLIP_RATE * CLIP_SECONDS
        for number in range(total):
            picture = first if number < total // 2 else second
            frame = av.VideoFrame.from_ndarray(_view(picture, number / total), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _view(picture: np.ndarray, progress: float) -> np.ndarray:
    side = int(360 - 60 * progress)
    left, top = int(20 + 40 * progress), int(10 * progress)
    window = picture[top : top + side, left : left + side]
    return cv2.resize(window, (CLIP_SIDE, CLIP_SIDE), interpolation=cv2.INTER_AREA)


def main() -> None:
    portrait = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    fake = swapped(portrait)
    coffee = cv2.cvtColor(skimage.data.coffee(), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(FOLDER / "portrait.jpg"), portrait, JPEG)
    cv2.imwrite(str(FOLDER / "manipulated.jpg"), fake, JPEG)
    cv2.imwrite(str(FOLDER / "coffee.jpg"), coffee, JPEG)
    write_clip(FOLDER / "clip.mp4", portrait, fake)


if __name__ == "__main__":
    main()
