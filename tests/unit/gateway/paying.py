"""A gateway that takes payments, and three people who are logged in."""

from clarity.checkout.opening import open_desk
from tests.paypal.shop import paying_settings

from .conftest import Installation

ADA, BOB, ROOT = "ada", "bob", "root"


class Paying(Installation):
    def __init__(self, home, server, **settings):
        self.server = server
        given = paying_settings(home, paypal_url=server.base, tax_basis_points=1500, **settings)
        super().__init__(**given.model_dump(exclude_unset=True))
        self.logged_in = {
            name: self.member(f"{name}@example.net", role=role)
            for name, role in ((ADA, None), (BOB, None), (ROOT, "administrator"))
        }

    def number(self, who):
        """The account's number, by which money knows people."""
        return self.logged_in[who].account

    def open_desk(self):
        witness = self.members.witness
        return open_desk(self.settings, now=lambda: self.server.world.now, witness=witness)

    def ask(self, method, path, who=ADA, body=None, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            known = self.logged_in.get(who)
            given["authorization"] = f"Bearer {known.token if known else who}"
        return self.call(method, f"/v1{path}", json=body, headers=given)

    def deliver(self, event):
        headers, body = self.server.signed(event)
        return self.call("POST", "/v1/payments/events", content=body, headers=headers)

    def subscribe(self, plan, who=ADA):
        """Take a plan, agree at PayPal, come back."""
        made = self.ask("POST", "/subscriptions", who, {"plan": plan})
        assert made.status_code == 201, made.text
        world = self.server.world
        (agreement,) = [a for a in world.agreements.values() if a.own_id == made.json()["id"]]
        world.agree(agreement.id)
        return self.ask("POST", f"/subscriptions/{made.json()['id']}/confirm", who).json()
