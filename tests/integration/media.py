"""Media made by the tests: a portrait in the public domain, and what goes wrong with files."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data


def portrait(mark: str = "", size: int | None = None) -> bytes:
    """Eileen Collins as JPEG; `mark` makes another file of the same picture."""
    image = Image.fromarray(data.astronaut())
    if size is not None:
        image = image.resize((size, size))
    return _encoded(image, "JPEG") + mark.encode()


def landscape() -> bytes:
    """Nobody in it."""
    return _encoded(Image.fromarray(data.coffee()), "JPEG")


def tiny_face() -> bytes:
    """The portrait so small on a grey ground that its face is some 12 pixels high."""
    ground = Image.new("RGB", (640, 480), (128, 128, 128))
    ground.paste(Image.fromarray(data.astronaut()).resize((56, 56)), (300, 200))
    return _encoded(ground, "PNG")


def bomb(side: int = 50_000) -> bytes:
    """A PNG of `side` x `side` grey pixels in a few megabytes."""
    row = zlib.compressobj(9)
    packed = b"".join(row.compress(bytes(side + 1)) for _ in range(side)) + row.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def clip(folder: Path, *, seconds: float = 2, frames_per_second: int = 10) -> bytes:
    """A film of the portrait, moving a little."""
    import av

    picture = data.astronaut()[:256, 96:352]
    path = folder / f"clip-{seconds:g}.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=frames_per_second)
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv420p"
        for index in range(int(seconds * frames_per_second)):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, index % 8, axis=1), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes()


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=92)
    return buffer.getvalue()
