"""The gateway in the cluster: the one HTTP entrance of Clarity."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import FastAPI
from ray import serve

from clarity.accounts.postman import Postman
from clarity.checkout.opening import open_desk
from clarity.media.fetching.guard import check_url
from clarity.scans.archive import open_archive
from clarity.settings import Settings
from clarity.webhooks.caller import Caller
from clarity.webhooks.wire import Wire, trust
from deployments.catalogue import ClusterCatalogue
from deployments.logs import open_logs
from deployments.rest.app import create_app
from deployments.rest.clerk import Clerk
from deployments.rest.housekeeping import Housekeeper
from deployments.rest.members import open_members
from deployments.rest.services import gather
from deployments.rest.webhooks import webhook_secret


@serve.ingress()
class GatewayReplica:
    """The gateway in the cluster; the application itself knows no Ray."""

    def __init__(
        self,
        settings: Settings,
        detectors: Mapping[str, Any],
        scanner: Any,
        cashier: Any = None,  # noqa: ARG002 - named so that Serve runs it beside the gateway
    ) -> None:
        open_logs(settings, "gateway")
        archive = open_archive(settings)
        catalogue = ClusterCatalogue(detectors, scanner)
        members = open_members(settings)
        desk = open_desk(settings, witness=members.witness)
        self._services = gather(settings, archive, catalogue, check_url, members, desk)
        self._housekeeper = Housekeeper(self._services).start()
        self._clerk = Clerk(self._services).start()
        secret_of = partial(webhook_secret, members.desk)
        wire = Wire(inside=settings.webhook_inside, context=trust(settings.webhook_authority))
        self._caller = Caller(members.webhooks, secret_of, wire=wire).start()
        if members.mailer is not None:
            self._postman = Postman(members.accounts, members.mailer).start()

    def __serve_build_asgi_app__(self) -> FastAPI:
        return create_app(self._services)
