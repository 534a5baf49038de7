"""PayPal's own page: what a payer agrees to, who they are there, and the way back to the shop."""

from html import escape
from urllib.parse import parse_qs, urlencode

from tests.paypal.world import Agreement, Purchase, World

AGREE, BUY = "/agree", "/checkoutnow"
_FRAME = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>PayPal, as the tests play it</title>
<style>body {{ font: 1.1rem/1.5 sans-serif; max-width: 26rem; margin: 12vh auto; padding: 0 1rem }}
button {{ font: inherit; padding: .6rem 1.2rem }}</style>
<h1>{title}</h1><p>{words}</p>
<form method="post"><button name="answer" value="yes">Agree</button>
<button name="answer" value="no">Cancel and return</button></form></html>"""


def page(world: World, path: str, query: str) -> str | None:
    """The page at an address; None where there is nothing to agree to."""
    wanted = _wanted(world, path, query)
    if isinstance(wanted, Agreement):
        now = f"{wanted.fee} now and " if wanted.fee else ""
        words = f"{now}{wanted.price} every month, until you cancel."
        return _FRAME.format(title="Agree to a subscription?", words=escape(words))
    if isinstance(wanted, Purchase):
        return _FRAME.format(title="Agree to a payment?", words=escape(f"{wanted.amount}, once."))
    return None


def answer(world: World, path: str, query: str, form: str) -> str | None:
    """Do what the payer pressed; gives the shop's address to which they are sent back."""
    wanted = _wanted(world, path, query)
    if wanted is None:
        return None
    if parse_qs(form).get("answer") != ["yes"]:
        return wanted.left
    if isinstance(wanted, Agreement):
        world.agree(wanted.id)
        more = {"subscription_id": wanted.id, "ba_token": wanted.id, "token": wanted.id}
    else:
        world.agree_to_order(wanted.id)
        more = {"token": wanted.id, "PayerID": world.buyer.id}
    return f"{wanted.agreed}&{urlencode(more)}"


def _wanted(world: World, path: str, query: str) -> Agreement | Purchase | None:
    given = {name: values[0] for name, values in parse_qs(query).items()}
    if path == AGREE:
        return world.agreements.get(given.get("ba_token", ""))
    return world.orders.get(given.get("token", "")) if path == BUY else None
