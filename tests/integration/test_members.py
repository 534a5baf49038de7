"""A member at the running service: letters, login, a scan of one's own, nothing left in logs."""

import pytest

from tests.integration.media import portrait
from tests.running import Service, token_of_letter

PASSWORD = "correct horse battery"


@pytest.mark.timeout(180)
def test_a_member_joins_scans_and_leaves(service: Service) -> None:
    assert any("Letters" in line for line in service.output), "said where letters go"
    email = "integration.member@example.org"
    sign_up = {"email": email, "password": PASSWORD}
    assert service.http.post("/v1/accounts", json=sign_up).status_code == 202
    token = token_of_letter(service.home, email)
    confirmation = {"token": token, "password": PASSWORD}
    opened = service.http.post("/v1/accounts/confirmation", json=confirmation).json()
    signed = {"Authorization": f"Bearer {opened['token']}"}

    files = {"file": ("member.jpg", portrait("of a member"))}
    headers = signed | {"Prefer": "wait=50"}
    scan = service.http.post("/v1/scans", files=files, headers=headers).json()
    assert scan["state"] == "done", scan
    path = f"/v1/scans/{scan['id']}"
    assert service.http.get(path, headers=signed).status_code == 200
    assert service.http.get(path).status_code == 404
    history = service.http.get("/v1/account/scans", headers=signed).json()
    assert [found["id"] for found in history] == [scan["id"]]

    proof = {"password": PASSWORD}
    erased = service.http.post("/v1/account/erasure", json=proof, headers=signed)
    assert erased.status_code == 204
    assert service.http.get(path, headers=signed).status_code == 401
    secrets = (email, PASSWORD, token, opened["token"])
    for log in (service.home / "logs").rglob("*"):
        if log.is_file():
            text = log.read_text(errors="replace")
            assert not any(secret in text for secret in secrets), log
