"""One running Clarity for all integration tests: started as a person would, by `clarity up`."""

from collections.abc import Iterator

import pytest

from tests.running import Service, running

LIFTED = {
    "CLARITY_UPLOAD_BYTES": str(20 * 1024**2),
    "CLARITY_UPLOAD_IDLE_SECONDS": "4",
    "CLARITY_BODY_SECONDS": "4",
    # all tests are one address, and some ask many times a second
    "CLARITY_ADDRESS_LIMIT": "1000000/minute",
    "CLARITY_FREE_SCAN_LIMIT": "1000000/minute",
    "CLARITY_ENTRANCE_LIMIT": "1000000/minute",
}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("clarity"), "--no-app", settings=LIFTED) as started:
        yield started
