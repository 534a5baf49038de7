"""The real gateway over a real socket, for the faces that speak to it."""

import io

import pytest
import structlog
from PIL import Image

from deployments.logs import configure_logs
from tests.served import served
from tests.unit.gateway.conftest import Installation


@pytest.fixture(scope="module")
def clarity(tmp_path_factory):
    configure_logs(io.StringIO())  # the command line's output is looked at
    made = Installation(tmp_path_factory.mktemp("home"))
    with served(made.app) as made.url:
        made.member_by_service("ann@example.org")
        with made.working():
            yield made
    made.close()
    structlog.reset_defaults()


def encoded(kind):
    """A plain picture in this format."""
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 80, 70)).save(buffer, kind)
    return buffer.getvalue()


def report_pictures():
    """Those of a report, by their names."""
    names = {"face-0.png": "PNG", "heat-0.png": "PNG", "frame-0.jpg": "JPEG"}
    return {name: encoded(kind) for name, kind in names.items()}
