"""Steps that tests of experts and cases share."""

from .conftest import picture

REASON = "The light on the left cheek comes from another side than everywhere else in the scene."
APPLICATION = {
    "name": "Ada Example",
    "statement": "Ten years of image forensics at a police laboratory.",
    "fields": ["images", "video"],
    "credentials": [{"title": "MSc Forensics", "issuer": "University of Example", "year": 2014}],
}


def form(decision="fake", **more):
    """A report that may be submitted."""
    fake = {
        "technique": "face-swap",
        "spatial": {
            "text": "A seam along the jaw.",
            "regions": [{"box": [0.2, 0.5, 0.3, 0.2], "note": "seam along the jaw"}],
        },
    }
    told = {"decision": decision, "certainty": "high", "reason": REASON}
    return told | (fake if decision == "fake" else {}) | more


def expert(clarity, admin, email, *, fields=("images", "video"), capacity=3):
    """Somebody who has applied, was vetted, and is logged in as an expert."""
    member = clarity.member(email)
    made = member.call("POST", "/v1/experts/applications", json=APPLICATION)
    assert made.status_code == 201, made.text
    decided = admin.call(
        "POST",
        f"/v1/admin/experts/applications/{made.json()['id']}/decision",
        json={
            "accept": True,
            "reason": "The degree was checked.",
            "fields": list(fields),
            "capacity": capacity,
        },
    )
    assert decided.status_code == 200, decided.text
    member.token = clarity.log_in(email, role="expert").json()["token"]
    return member


def scanned(clarity, customer, content=None):
    """A finished scan of a customer."""
    sent = customer.send(content or picture(240))
    with clarity.working():
        return clarity.finished_for(customer, sent.json()["id"])


def opened(clarity, customer, kind="dispute", content=None, **more):
    """A case about a new scan."""
    scan = scanned(clarity, customer, content)
    body = {"scan_id": scan["id"], "kind": kind, "reason": "It is my own recording.", **more}
    made = customer.call("POST", "/v1/cases", json=body)
    assert made.status_code == 201, made.text
    return made.json()


def queue(reviewer):
    return reviewer.call("GET", "/v1/reviews").json()


def write(reviewer, review_id, body, version=0):
    """Save a draft; gives the answer."""
    headers = {"If-Match": f'"{version}"'}
    return reviewer.call("PUT", f"/v1/reviews/{review_id}/draft", json=body, headers=headers)


def hand_in(reviewer, review_id, decision="fake", **more):
    """Write a report and submit it."""
    saved = write(reviewer, review_id, form(decision, **more))
    assert saved.status_code == 200, saved.text
    headers = {"If-Match": saved.headers["ETag"]}
    done = reviewer.call("POST", f"/v1/reviews/{review_id}/submission", headers=headers)
    assert done.status_code == 200, done.text
    return done.json()
