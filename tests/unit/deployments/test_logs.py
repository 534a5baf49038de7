import io
import json

import structlog

from deployments.logs import configure_logs


def test_a_crash_is_logged_without_the_values_of_its_variables():
    stream = io.StringIO()
    configure_logs(stream)

    def scan() -> None:
        file_name = "secret-" + "holiday.jpg"
        raise ValueError(len(file_name))

    try:
        scan()
    except ValueError:
        structlog.get_logger().exception("scan crashed")
    line = json.loads(stream.getvalue())
    assert line["event"] == "scan crashed"
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert "holiday" not in stream.getvalue()
