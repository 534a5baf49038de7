import io
import json

import pytest
import structlog
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from clarity.database import build_engine
from deployments.logs import configure_logs


@pytest.fixture(autouse=True)
def as_before():
    yield
    structlog.reset_defaults()


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


class Login(BaseModel):
    password: int


@pytest.mark.parametrize(
    "fail",
    [
        lambda: int("hunter2-secret"),
        lambda: {}["hunter2-secret"],
        lambda: Login.model_validate({"password": "hunter2-secret"}),
        lambda: _refused_by_the_database("hunter2-secret"),
        lambda: _one_of_several("hunter2-secret"),
    ],
)
def test_an_error_is_logged_without_the_words_that_repeat_a_value(fail):
    stream = io.StringIO()
    configure_logs(stream)
    try:
        fail()
    except Exception:  # noqa: BLE001 - whatever it is
        structlog.get_logger().exception("unexpected")
    line = json.loads(stream.getvalue())
    assert line["exception"][0]["exc_type"]
    assert line["exception"][0]["frames"]
    assert "hunter2" not in stream.getvalue()


def test_a_database_error_does_not_repeat_the_values():
    with pytest.raises(SQLAlchemyError) as caught:
        _refused_by_the_database("hunter2-secret")
    assert "hunter2" not in str(caught.value)


def _refused_by_the_database(value):
    with build_engine("sqlite://").connect() as connection:
        connection.execute(text("SELECT * FROM nothing WHERE token = :token"), {"token": value})


def _one_of_several(value):
    raise ExceptionGroup(value, [ValueError(value), ExceptionGroup(value, [KeyError(value)])])
