"""What an attacker tries at the entrance, and what they get."""

import asyncio
import statistics
import time
from datetime import timedelta

import httpx
import pytest

from clarity.accounts.passwords import Passwords
from deployments.rest.addresses import client_unit
from deployments.rest.limiter import BadLimit

from .conftest import PASSWORD, picture

INJECTIONS = (
    "' OR '1'='1",
    "x' UNION SELECT password_hash FROM account --",
    '"; DROP TABLE account; --',
    "%",
    "\\",
    "\x00",
    "clarity_' OR 1=1 --",
)


def problem(answer):
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


def without_number(answer):
    shown = {name: value for name, value in answer.headers.items() if name != "request-id"}
    return answer.status_code, answer.content, shown


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/accounts", {"password": PASSWORD}),
        ("/v1/accounts/letter", {}),
        ("/v1/passwords/letter", {}),
        ("/v1/sessions", {"password": "wrong password"}),
    ],
)
def test_answers_do_not_tell_who_has_an_account(clarity, path, more):
    clarity.member("known@example.org")
    clarity.sign_up("waiting@example.org")
    answers = [
        without_number(clarity.call("POST", path, json={"email": f"{who}@example.org", **more}))
        for who in ("known", "waiting", "nobody")
    ]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/accounts/letter", {}),
        ("/v1/passwords/letter", {}),
        ("/v1/sessions", {"password": "wrong password"}),
        ("/v1/accounts", {"password": PASSWORD}),
    ],
)
def test_the_time_of_an_answer_does_not_tell_who_has_an_account(installed, path, more):
    clarity = installed(entrance_limit="1000/minute")
    clarity.member("known@example.org")
    clarity.sign_up("waiting@example.org")

    def seconds(email):
        began = time.perf_counter()
        clarity.call("POST", path, json={"email": email, **more})
        return time.perf_counter() - began

    # In turns, so that what else the machine does hits all alike; few enough not to be locked.
    rounds = [
        [seconds(f"{who}@example.org") for who in ("known", "waiting", f"nobody{number}")]
        for number in range(5)
    ]
    medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
    assert max(medians) - min(medians) < 0.05, medians
    if "letter" in path:
        assert min(medians) > 0.14


def test_a_second_sign_up_changes_nothing_and_tells_the_owner(clarity):
    clarity.member("known@example.org")
    clarity.sign_up("known@example.org", "attackers password")
    assert clarity.log_in("known@example.org").status_code == 201
    assert clarity.log_in("known@example.org", "attackers password").status_code == 401
    assert "already" in clarity.letters_to("known@example.org")[-1]["Subject"]


def test_signing_up_with_somebody_elses_address_gives_no_way_in(clarity):
    """The owner opens the attacker's letter, but knows another password."""
    clarity.sign_up("victim@example.org", "attackers password")
    refused = clarity.confirm("victim@example.org", "what the victim types")
    assert problem(refused) == (401, "login-refused")
    answer = clarity.log_in("victim@example.org", "attackers password")
    assert problem(answer) == (403, "not-confirmed")
    clarity.sign_up("victim@example.org", "the victims password")
    assert clarity.confirm("victim@example.org", "the victims password").status_code == 201
    assert clarity.log_in("victim@example.org", "attackers password").status_code == 401


def test_a_login_takes_as_long_for_addresses_without_an_account():
    passwords = Passwords(memory_kibibytes=16 * 1024, rounds=2, lanes=1)
    stored = passwords.hash("correct horse battery")

    def seconds(against):
        times = []
        for _ in range(9):
            began = time.process_time()
            assert not passwords.matches("wrong", against)
            times.append(time.process_time() - began)
        return statistics.median(times)

    assert 0.5 < seconds(stored) / seconds(None) < 2


def test_guessing_is_locked_out_with_growing_pauses_and_tells_nothing(installed):
    clarity = installed(entrance_limit="1000/minute")
    clarity.member("known@example.org")
    pauses = {}
    for email in ("known@example.org", "nobody@example.org"):
        told = []
        for _ in range(7):
            answer = clarity.log_in(email, "wrong password")
            while answer.status_code == 401:
                told.append(401)
                answer = clarity.log_in(email, "wrong password")
            assert problem(answer) == (429, "login-locked")
            pause = int(answer.headers["retry-after"])
            told.append(round(pause / 30) * 30)
            clarity.clock.ahead += timedelta(seconds=pause)
        pauses[email] = told
        clarity.clock.ahead = timedelta()
    assert pauses["known@example.org"] == pauses["nobody@example.org"]
    assert pauses["known@example.org"][:7] == [401] * 5 + [30, 401]
    waits = [told for told in pauses["known@example.org"] if told != 401]
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_the_right_password_does_not_help_while_locked_but_a_letter_does(installed):
    clarity = installed(entrance_limit="1000/minute")
    ann = clarity.member()
    for _ in range(5):
        clarity.log_in(password="wrong password")
    assert clarity.log_in().status_code == 429
    assert ann.call("GET", "/v1/account").status_code == 200, "who is in stays in"
    clarity.call("POST", "/v1/passwords/letter", json={"email": ann.email})
    body = {"token": clarity.link(ann.email), "password": "a new good password"}
    assert clarity.call("POST", "/v1/passwords", json=body).status_code == 204
    assert clarity.log_in(password="a new good password").status_code == 201


def test_guesses_side_by_side_count_too(installed):
    clarity = installed(entrance_limit="1000/minute")
    clarity.member()

    async def storm():
        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            body = {"email": "ann@example.org", "password": "wrong password"}
            calls = [client.post("/v1/sessions", json=body) for _ in range(20)]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert sorted(asyncio.run(storm())) == [401] * 5 + [429] * 15


def test_the_entrance_is_limited_by_address(installed):
    clarity = installed(entrance_limit="5/minute", trusted_proxies=("127.0.0.1",))

    def knock(n, address):
        body = {"email": f"guess{n}@example.org", "password": "wrong password"}
        headers = {"X-Forwarded-For": address}
        return clarity.call("POST", "/v1/sessions", json=body, headers=headers)

    codes = [knock(n, "203.0.113.7").status_code for n in range(7)]
    assert codes == [401] * 5 + [429] * 2
    assert int(knock(9, "203.0.113.7").headers["retry-after"]) >= 1
    assert knock(9, "203.0.113.8").status_code == 401, "others are not held up"


@pytest.mark.parametrize(
    ("peer", "forwarded", "unit"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # nobody trusts this peer
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the client made one up
        ("127.0.0.1", "198.51.100.1, 10.0.0.4", "198.51.100.1"),  # two proxies of ours
        ("127.0.0.1", "garbage", "127.0.0.1"),
        ("127.0.0.1", "garbage, 10.0.0.4", "10.0.0.4"),
        ("2001:db8::1", "", "2001:db8::/64"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("", "198.51.100.1", "unknown"),
    ],
)
def test_an_address_cannot_be_made_up(peer, forwarded, unit):
    assert client_unit(peer, forwarded, ("127.0.0.1", "10.0.0.0/8")) == unit


def test_a_session_cannot_be_fixed_by_a_token_the_client_brought(clarity):
    clarity.member()
    planted = "planted-by-the-attacker-planted-by-the-attacker"
    body = {"email": "ann@example.org", "password": PASSWORD}
    headers = {"Authorization": f"Bearer {planted}"}
    opened = clarity.call("POST", "/v1/sessions", json=body, headers=headers).json()
    assert opened["token"] != planted
    assert clarity.call("GET", "/v1/account", headers=headers).status_code == 401
    again = clarity.call(
        "POST", "/v1/sessions", json=body, headers={"Authorization": f"Bearer {opened['token']}"}
    ).json()
    old = {"Authorization": f"Bearer {opened['token']}"}
    assert clarity.call("GET", "/v1/account", headers=old).status_code == 401, "rotated"
    new = {"Authorization": f"Bearer {again['token']}"}
    assert clarity.call("GET", "/v1/account", headers=new).status_code == 200


def test_expired_and_revoked_tokens_are_good_for_nothing(clarity):
    ann = clarity.member()
    robot = ann.with_key("scan", "history")
    assert robot.call("GET", "/v1/account/scans").status_code == 200
    clarity.clock.ahead = timedelta(days=15)
    assert problem(ann.call("GET", "/v1/account")) == (401, "session-over")
    assert robot.call("GET", "/v1/account/scans").status_code == 200
    clarity.clock.ahead = timedelta(days=91)
    assert problem(robot.call("GET", "/v1/account/scans")) == (401, "session-over")
    assert problem(robot.send(picture())) == (401, "session-over"), "never taken for a stranger"


def test_links_in_letters_run_out(clarity):
    clarity.sign_up()
    token = clarity.link("ann@example.org")
    clarity.clock.ahead = timedelta(days=2, seconds=1)
    body = {"token": token, "password": PASSWORD}
    assert problem(clarity.call("POST", "/v1/accounts/confirmation", json=body)) == (
        410,
        "link-over",
    )
    clarity.clock.ahead = timedelta()
    clarity.call("POST", "/v1/accounts/letter", json={"email": "ann@example.org"})
    assert clarity.call("POST", "/v1/accounts/confirmation", json=body).status_code == 410, (
        "only the newest is good"
    )
    reset = {"token": clarity.link("ann@example.org"), "password": "some other password"}
    assert clarity.call("POST", "/v1/passwords", json=reset).status_code == 410, (
        "a link is for one purpose"
    )


@pytest.mark.parametrize("text", INJECTIONS)
def test_injected_sql_is_only_text(clarity, text):
    ann = clarity.member()
    admin = clarity.member("root@example.org", role="administrator")
    assert clarity.log_in(password=text).status_code in (401, 422)
    assert clarity.log_in(email=text).status_code == 422
    headers = {"Authorization": f"Bearer {text}".encode()}
    assert clarity.call("GET", "/v1/account", headers=headers).status_code == 401
    for path in ("/v1/account/activity", "/v1/account/scans"):
        for name in ("text", "after", "kind", "before", "since"):
            answer = ann.call("GET", path, params={name: text})
            assert answer.status_code in (200, 422), (path, name, answer.text)
    found = admin.call("GET", "/v1/admin/accounts", params={"email": text})
    assert found.json() == [], "wildcards are only signs"
    assert ann.call("DELETE", "/v1/account/keys/" + text.replace("\x00", "%00")).status_code == 404
    assert clarity.log_in().status_code == 201, "all is still there"


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/accounts", "/v1/passwords"])
def test_oversized_bodies_are_refused_before_they_are_read(clarity, path):
    taken = []

    async def endless():
        for _ in range(10_000):
            taken.append(1)
            yield b" " * 10_000

    async def once():
        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            headers = {"Content-Type": "application/json"}
            return await client.post(path, content=endless(), headers=headers)

    assert problem(asyncio.run(once())) == (413, "body-too-large")
    assert len(taken) < 20
    announced = clarity.call("POST", path, content=b"x" * 70_000)
    assert problem(announced) == (413, "body-too-large")
    long = {"email": "ann@example.org", "password": "x" * 10_000, "token": "x" * 10_000}
    assert clarity.call("POST", path, json=long).status_code == 422


def test_a_body_that_dribbles_is_cut_off(installed):
    clarity = installed(body_seconds=0.3)

    async def once():
        async def body():
            while True:
                yield b" "
                await asyncio.sleep(0.05)

        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            return await client.post("/v1/sessions", content=body())

    assert problem(asyncio.run(once())) == (408, "body-too-slow")


def test_an_upload_that_dribbles_is_cut_off(installed):
    clarity = installed(upload_idle_seconds=0.3, upload_slowest=1000)

    async def once():
        async def body():
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
            while True:
                yield b"x"
                await asyncio.sleep(0.02)

        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            headers = {"Content-Type": "multipart/form-data; boundary=b"}
            return await client.post("/v1/scans", content=body(), headers=headers)

    assert problem(asyncio.run(once())) == (408, "upload-stalled")
    assert clarity.objects() == []


def test_one_address_cannot_hold_every_place_with_open_requests(installed):
    clarity = installed(address_open=3)
    scan = clarity.send(picture()).json()["id"]

    async def storm():
        transport = httpx.ASGITransport(clarity.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:

            def wait(address):
                headers = {"Prefer": "wait=2", "X-Forwarded-For": address}
                body = {"url": "https://example.org/post"}
                return asyncio.create_task(client.post("/v1/scans", json=body, headers=headers))

            held = [wait("203.0.113.7") for _ in range(6)]
            await asyncio.sleep(0.5)
            headers = {"X-Forwarded-For": "203.0.113.8"}
            other = await client.get(f"/v1/scans/{scan}", headers=headers)
            return [await task for task in held], other

    held, other = asyncio.run(storm())
    assert sorted(answer.status_code for answer in held) == [202] * 3 + [429] * 3
    assert {problem(answer)[1] for answer in held if answer.status_code == 429} == {"too-many-open"}
    assert other.status_code == 200, "others are not held up"
    assert clarity.call("GET", "/v1/models").status_code == 200, "and the places are given back"


def test_banned_addresses_and_suspended_accounts_get_no_answer(clarity):
    ann = clarity.member()
    robot = ann.with_key("scan")
    admin = clarity.member("root@example.org", role="administrator")
    reason = {"reason": "floods the service"}
    path = f"/v1/admin/accounts/{ann.account}/suspension"
    assert admin.call("PUT", path, json=reason).status_code == 200
    assert ann.call("GET", "/v1/account").status_code == 401
    assert problem(robot.send(picture())) == (403, "account-suspended")
    assert problem(clarity.log_in()) == (403, "account-suspended")
    assert problem(clarity.log_in(password="wrong password")) == (401, "login-refused")
    assert admin.call("DELETE", path).status_code == 200
    assert robot.send(picture()).status_code == 202

    flood = {"X-Forwarded-For": "2001:db8:1:2::7"}
    neighbour = {"X-Forwarded-For": "2001:db8:1:3::7"}
    order = {"address": "2001:db8:1:2::1", **reason}
    ban = admin.call("POST", "/v1/admin/bans", json=order).json()
    assert "2001" not in str(ban), "the address is not kept"
    assert problem(clarity.call("GET", "/v1/models", headers=flood)) == (403, "address-banned")
    assert clarity.call("GET", "/v1/models", headers=neighbour).status_code == 200
    assert admin.call("GET", "/v1/admin/bans").json() == [ban]
    assert admin.call("DELETE", f"/v1/admin/bans/{ban['digest']}").status_code == 204
    assert clarity.call("GET", "/v1/models", headers=flood).status_code == 200
    assert problem(admin.call("POST", "/v1/admin/bans", json={"address": "x", **reason})) == (
        422,
        "not-an-address",
    )


def test_administrators_cannot_shut_themselves_out(clarity):
    admin = clarity.member("root@example.org", role="administrator")
    own = f"/v1/admin/accounts/{admin.account}"
    assert admin.call("PUT", f"{own}/suspension", json={"reason": "test"}).status_code == 409
    assert admin.call("PUT", f"{own}/role", json={"role": "customer"}).status_code == 409


def test_every_step_leaves_a_line_in_a_log_that_is_whole(clarity):
    ann = clarity.member()
    clarity.log_in(password="wrong password")
    admin = clarity.member("root@example.org", role="administrator")
    path = f"/v1/admin/accounts/{ann.account}/plan"
    assert admin.call("PUT", path, json={"plan": "pro"}).json()["plan"] == "pro"
    lines = admin.call("GET", "/v1/admin/audit", params={"subject": ann.account}).json()
    assert [line["action"] for line in lines] == ["plan-changed", "login", "confirmed"]
    assert admin.call("GET", "/v1/admin/audit/verification").json()["whole"]
    every = admin.call("GET", "/v1/admin/audit").text
    assert "example.org" not in every, "accounts are named by identifier only"


def test_free_scans_of_one_address_are_limited_and_paying_customers_are_not(installed):
    clarity = installed(free_scan_limit="2/minute")
    paying = clarity.member(plan="pro")
    codes = [clarity.send(picture(n)).status_code for n in range(4)]
    assert codes == [202, 202, 429, 429]
    assert [paying.send(picture(n)).status_code for n in range(4)] == [202] * 4


def test_requests_of_one_address_are_limited_but_probes_are_not(installed):
    clarity = installed(address_limit="3/minute")
    codes = [clarity.call("GET", "/v1/models").status_code for _ in range(5)]
    assert codes == [200] * 3 + [429] * 2
    assert clarity.call("GET", "/v1/health").status_code == 200


def test_a_limit_that_cannot_be_read_is_told_at_the_start(installed):
    with pytest.raises(BadLimit):
        installed(entrance_limit="many")


def test_in_production_without_letters_nobody_can_sign_up(installed):
    clarity = installed(environment="production", secret_key="k" * 32)
    assert problem(clarity.sign_up()) == (503, "no-letters")


def test_no_secret_reaches_the_logs_or_the_databases(clarity, capsys):
    ann = clarity.member()
    key = ann.with_key("scan").token
    clarity.log_in(password="wrong password")
    ann.call("POST", "/v1/account/second-factor")
    text = capsys.readouterr().err + capsys.readouterr().out
    files = b"".join(p.read_bytes() for p in clarity.settings.home.rglob("*.sqlite*"))
    for secret in (PASSWORD, ann.token, key, "wrong password"):
        assert secret not in text
        assert secret.encode() not in files


def test_numbers_that_no_database_holds_are_refused(clarity):
    admin = clarity.member("root@example.org", role="administrator")
    for path, name in (("/v1/evidence/log", "after"), ("/v1/admin/audit", "before")):
        for number, status in ((2**63 - 1, 200), (2**63, 422), (10**40, 422)):
            answer = admin.call("GET", path, params={name: str(number)})
            assert answer.status_code == status, (path, number, answer.text)
