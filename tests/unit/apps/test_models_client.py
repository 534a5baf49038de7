"""Cards of the deployed detectors from a real HTTP server."""

from apps.gateway_client import Gateway
from apps.models_client import Models
from tests.unit.apps.contract_server import ContractServer, Ledger


def test_reads_all_cards_and_one() -> None:
    with ContractServer(Ledger()) as server:
        models = Models(Gateway(server.url))
        assert models.cards() == [models.card("xception")]
