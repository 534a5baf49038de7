"""What is kept of a person, why and for how long: shown on the page and in every export.

The Protection of Personal Information Act (POPI) asks for a purpose (section 13), for no
longer retention than that takes (section 14), and for openness about both (section 18).
"""

from pydantic import BaseModel, ConfigDict


class Kept(BaseModel):
    model_config = ConfigDict(frozen=True)
    what: str
    why: str
    how_long: str


KEPT = (
    Kept(
        what="E-mail address",
        why="To log in, to confirm that the address is yours, and to set a new password.",
        how_long="Until you erase the account; seven days if it is never confirmed.",
    ),
    Kept(
        what="Password, as an Argon2id hash",
        why="To recognise you. The password itself is not kept and cannot be recovered.",
        how_long="Until you change it or erase the account.",
    ),
    Kept(
        what="Secret of the second factor, encrypted",
        why="To check the codes of your authenticator app, if you use one.",
        how_long="Until you switch it off or erase the account.",
    ),
    Kept(
        what="Logins and API keys, as digests",
        why="To recognise your browser and your programs.",
        how_long="Until they expire, you end them, or you erase the account.",
    ),
    Kept(
        what="Media you hand in, and their reports",
        why="To judge them, and to show you the report again.",
        how_long="Until you erase the account; with zero retention one hour after the verdict. "
        "What others handed in too is kept for them.",
    ),
    Kept(
        what="Activity: scans, queries, payments, reports, disputes",
        why="So that you can see what happened in your name.",
        how_long="Until you erase the account.",
    ),
    Kept(
        what="What you ask experts, and what they write about it",
        why="To have your item examined, and to show you what came of it. Experts see the item "
        "and your words, never who you are; who looked at it is written down. While it is kept, "
        "new releases of the models are held against what was settled about it.",
        how_long="Until you erase the account. The signed verdict stays: it names the item by "
        "its digest and the experts by pseudonyms.",
    ),
    Kept(
        what="Webhooks: the addresses that you gave",
        why="To call your programs when something happens to your cases.",
        how_long="Until you remove them or erase the account; calls that fail, three days.",
    ),
    Kept(
        what="Experts: name, statement and credentials of the application",
        why="To vet who examines other people's items. Customers see a pseudonym only.",
        how_long="Until you erase the account. Earnings stay as long as tax law asks.",
    ),
    Kept(
        what="Payments and bills, under the account's random identifier; no card, no name",
        why="Tax law asks for them.",
        how_long="As long as it does, also after you erase the account.",
    ),
    Kept(
        what="Evidence log: digests and times of verdicts",
        why="So that nobody, not even we, can change a verdict unseen.",
        how_long="For good. The receipts, which tell what was judged, go with your account.",
    ),
    Kept(
        what="Failed logins, as a keyed digest of the address",
        why="To stop those who guess passwords.",
        how_long="One day.",
    ),
    Kept(
        what="Audit log: an account's random identifier and what was done, never who you are",
        why="To find out about attacks and about misuse by administrators.",
        how_long="For good. Once you erase the account nothing leads from the identifier to you.",
    ),
)
