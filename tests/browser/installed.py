"""The real gateway for tests in a browser, with a panel that shows pictures of a portrait."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from tests.unit.gateway.conftest import Installation

PORTRAIT = Path("apps/scanner/examples/portrait.jpg")


class Pictured(Installation):
    """Calls in a thread of their own: Playwright's event loop runs in that of the test."""

    def __init__(self, home: Path, **settings: object) -> None:
        super().__init__(home, **settings)
        self.judge.images = _pictures()

    def call(self, method, path, **options):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(super().call, method, path, **options).result()


def _pictures() -> dict[str, bytes]:
    with Image.open(PORTRAIT) as portrait:
        whole = portrait.convert("RGB")
    side = min(whole.size)
    face = whole.crop((0, 0, side, side)).resize((224, 224))
    heat = Image.new("RGBA", (224, 224), (200, 40, 20, 60))
    return {
        "face-0.png": _encoded(face, "PNG"),
        "heat-0.png": _encoded(heat, "PNG"),
        "frame-0.jpg": _encoded(whole, "JPEG"),
    }


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
