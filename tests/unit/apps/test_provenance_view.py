"""What a file says of itself, as the page shows it."""

import pytest
from streamlit.testing.v1 import AppTest

from clarity.reports.wording import CREDENTIALS, PROVENANCE_NOTE

SCRIPT = """
from apps.scanner.report import provenance
from clarity.media.provenance import Credentials, Provenance
provenance(Provenance(credentials=Credentials(state={state!r}, signer="Somebody, Somewhere")))
"""


@pytest.mark.parametrize("state", sorted(CREDENTIALS))
def test_a_trusted_signer_reads_otherwise_than_an_unknown_one(state):
    page = AppTest.from_string(SCRIPT.format(state=state), default_timeout=30).run()
    assert not page.exception
    shown = [one.value for one in page.markdown]
    assert PROVENANCE_NOTE in shown, "it never counts"
    assert [text for text in shown if text in CREDENTIALS.values()] == [CREDENTIALS[state]]
