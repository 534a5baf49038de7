"""Everything an operator may set, built by `load_settings` and passed on from there."""

from ipaddress import ip_network
from pathlib import Path
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from clarity.errors import ClarityError

DEFAULT_SECRET = "development-only-secret"  # noqa: S105 - refused outside development

PAYPAL = {
    "sandbox": "https://api-m.sandbox.paypal.com",
    "live": "https://api-m.paypal.com",
}


class UnsafeSettings(ClarityError):
    """The settings would run a public service with a secret that everybody knows."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "unsafe-settings"
    hint = "Set CLARITY_SECRET_KEY to the output of `openssl rand -hex 32`."


class Settings(BaseSettings):
    """Settings of one installation; each is read from `CLARITY_<NAME>`.

    The defaults run everything embedded below `home`: SQLite files, a folder as object
    store, one machine.
    """

    # What is wrong is told without what was given: that may be a secret, or stand beside one.
    model_config = SettingsConfigDict(
        env_prefix="CLARITY_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["development", "production"] = "development"
    secret_key: SecretStr = Field(
        default=SecretStr(DEFAULT_SECRET), description="keys the digests of client addresses"
    )
    home: Path = Field(default=Path("var"), description="folder of everything that is kept")
    store_url: str = Field(default="", description="fsspec URL of the object store")
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL with {service} in it, as mysql+pymysql://u:p@host/clarity_"
        "{service}; each service has its own database",
    )

    evidence_key: SecretStr | None = Field(
        default=None,
        description="Ed25519 key, in PEM, that signs receipts and reports; by default one is made "
        "at first start, as keys/evidence.pem below home. Every node needs the same",
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    app_port: int = Field(default=8501, ge=1, le=65535)
    review_port: int = Field(default=8502, ge=1, le=65535, description="of the experts' page")
    metrics_port: int = Field(default=9078, ge=1, le=65535)
    tls_certificate: Path | None = Field(
        default=None,
        description="PEM file of the certificate and its chain; with it and tls_key service and "
        "page speak https alone",
    )
    tls_key: Path | None = Field(default=None, description="PEM file of the certificate's key")

    panel: tuple[str, ...] = Field(
        default=("efficientnet_lite0",), description="detectors of a free scan"
    )
    customer_panel: tuple[str, ...] = Field(
        default=("face_swap", "synthesis", "lip_sync", "reenactment", "attribute", "timing"),
        description="detectors of a customer's scan beside those",
    )

    deliveries: bool = Field(
        default=True,
        description="judge copies too, compressed and shrunk as if the item were sent on: a "
        "verdict that they turn into its opposite is Suspicious. Takes up to four times a "
        "detector's time for a picture, up to twice for a clip (docs/decisions/0014)",
    )

    cascade: bool = Field(
        default=False,
        description="ask the detectors of faces one after another, and the rest not at all once "
        "they cannot change a label: saves energy on what is plainly fake, never changes a label, "
        "and leaves opinions out of its report (docs/decisions/0015)",
    )

    releases: Path | None = Field(
        default=None, description="folder of the first releases, instead of those in the package"
    )
    release_watch_seconds: float = Field(
        default=2, gt=0, description="pause between a detector's looks at the promotions"
    )
    log_folder: Path | None = Field(
        default=None, description="folder of JSON logs, instead of standard error"
    )

    provenance_anchors: Path | None = Field(
        default=None,
        description="certificates, in PEM, of signers of C2PA credentials to trust, such as the "
        "C2PA trust list; without them a sound seal is shown as one of an unknown signer",
    )

    region: str = Field(
        default="", description="Google Cloud region, for the carbon figures; empty: not told"
    )

    settled_policy: Literal["no-new-mistakes", "every-case"] = Field(
        default="no-new-mistakes",
        description="what items that experts settled ask of a release before it is promoted: to "
        "be right where the release at work is, or on every one",
    )

    score_digits: int | None = Field(
        default=None,
        ge=1,
        le=15,
        description="digits of a confidence that is answered, against copying; unset: all, which "
        "reports must have to match their receipts",
    )

    upload_bytes: int = Field(default=200 * 1024**2, gt=0, description="largest upload")
    upload_idle_seconds: float = Field(default=30, gt=0, description="longest pause in an upload")
    upload_slowest: int = Field(
        default=2048,
        ge=0,
        description="bytes a second that an upload must have had, on average, after so long",
    )
    free_lane_waiting: int = Field(default=100, ge=0, description="free scans that may wait")
    longest_wait_seconds: float = Field(default=50, gt=0, description="cap of `Prefer: wait`")

    public_url: str = Field(
        default="", description="address of the page, for links in letters; empty: the local one"
    )

    webhook_inside: tuple[str, ...] = Field(
        default=(),
        description="receivers in your own network that webhooks may call though their addresses "
        'are not public, as ["hooks.corp.example:8443"]; by https all the same',
    )
    webhook_authority: Path | None = Field(
        default=None,
        description="PEM file of who signed receivers' certificates, beside the system's own",
    )

    # payments and bills; without credentials nothing can be bought
    paypal_client_id: str = Field(default="", description="of a PayPal REST app")
    paypal_client_secret: SecretStr = Field(default=SecretStr(""), description="of that app")
    paypal_webhook_id: str = Field(
        default="", description="of that app's webhook, which calls /v1/payments/events"
    )
    paypal_mode: Literal["sandbox", "live"] = Field(
        default="sandbox", description="live moves real money"
    )
    paypal_url: str = Field(default="", description="of the interface, instead of the mode's own")
    reconcile_minutes: float = Field(
        default=30, gt=0, description="pause between two comparisons with PayPal"
    )
    tax_name: str = Field(default="VAT", max_length=20, description="as bills name the tax")
    tax_basis_points: int = Field(
        default=0, ge=0, le=5000, description="tax within every price; 1500 is 15 %"
    )
    seller_name: str = Field(default="Clarity", max_length=80, description="as bills name it")
    seller_address: str = Field(
        default="", max_length=300, description="as bills show it; lines are parted by |"
    )
    seller_tax_number: str = Field(default="", max_length=40, description="as bills show it")
    invoice_prefix: str = Field(
        default="CL-", pattern=r"^[A-Z-]{0,8}$", description="stands before bills' numbers"
    )
    invoice_font: Path | None = Field(
        default=None, description="TrueType file for bills in letters beyond Western Europe's"
    )

    # accounts, and who may do how much
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="smtps://user:password@host:465 or smtp://host:587; empty: letters are "
        "written to home/mail in development, and nobody can sign up in production",
    )
    mail_from: str = Field(default="Clarity <clarity@localhost>", description="sender of letters")
    administrators: tuple[str, ...] = Field(
        default=(), description="e-mail addresses whose accounts are administrators'"
    )
    session_days: float = Field(default=14, gt=0, description="life of a login")
    trusted_proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="addresses or networks whose X-Forwarded-For is believed: the page and the "
        "load balancer",
    )
    limits_url: SecretStr = Field(
        default=SecretStr(""),
        description="storage of the rate limits, as the library `limits` names it, such as "
        "redis://host; empty: a file below home, which the gateways of one machine share. "
        "Gateways on several machines need a server",
    )
    address_limit: str = Field(default="600/minute", description="requests of one address")
    address_open: int = Field(
        default=64, ge=1, description="requests of one address at once, event streams too"
    )
    free_scan_limit: str = Field(default="60/minute", description="free scans of one address")
    account_limit: str = Field(default="1200/minute", description="requests of one account")
    entrance_limit: str = Field(
        default="20/minute", description="logins, sign-ups and letters of one address"
    )
    body_bytes: int = Field(default=64 * 1024, gt=0, description="largest body but for uploads")
    body_seconds: float = Field(default=10, gt=0, description="longest time for such a body")

    lease_seconds: float = Field(default=10, gt=0, description="life of a lease between beats")
    attempts: int = Field(default=3, ge=1, description="crashes after which a scan has failed")
    scan_seconds: float = Field(default=900, gt=0, description="longest life of one attempt")
    scanner_threads: int = Field(
        default=1, ge=1, description="free scans, and as many of customers, at once in one replica"
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        # Workers run in folders of their own.
        return home.expanduser().absolute()

    @field_validator("provenance_anchors")
    @classmethod
    def _certificates(cls, anchors: Path | None) -> Path | None:
        # Found out at the start: later every seal would be told to be unreadable.
        if anchors is not None:
            from cryptography.x509 import load_pem_x509_certificates  # only where there are some

            try:
                load_pem_x509_certificates(anchors.read_bytes())
            except (OSError, ValueError) as error:
                raise ValueError("provenance_anchors names no file of PEM certificates") from error
        return anchors

    @field_validator("database_url")
    @classmethod
    def _one_database_per_service(cls, url: str) -> str:
        if url and "{service}" not in url:
            raise ValueError("the database URL must contain {service}")
        return url

    @field_validator("paypal_url")
    @classmethod
    def _paypal_over_tls(cls, url: str) -> str:
        address = urlsplit(url)
        loopback = address.hostname in ("127.0.0.1", "localhost", "::1")
        if url and address.scheme != "https" and not (address.scheme == "http" and loopback):
            raise ValueError("PayPal is spoken to over https only")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _whole_paypal(self) -> Self:
        secret = self.paypal_client_secret.get_secret_value()
        given = [bool(self.paypal_client_id), bool(secret), bool(self.paypal_webhook_id)]
        if any(given) and not all(given):
            raise ValueError(
                "paypal_client_id, paypal_client_secret and paypal_webhook_id belong together"
            )
        return self

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        return self

    @field_validator("webhook_inside")
    @classmethod
    def _places(cls, places: tuple[str, ...]) -> tuple[str, ...]:
        for place in places:
            host, _, port = place.rpartition(":")
            if not host or not port.isdecimal() or "/" in place:
                raise ValueError("a receiver is named as host:port")
        return tuple(place.lower() for place in places)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ip_network(proxy)
        return proxies

    @model_validator(mode="after")
    def _no_default_secret_in_public(self) -> Self:
        secret = self.secret_key.get_secret_value()
        if self.environment != "development" and (secret == DEFAULT_SECRET or len(secret) < 16):
            raise UnsafeSettings(
                f"The {self.environment} environment needs a secret key of its own, "
                "of at least 16 characters."
            )
        return self

    @model_validator(mode="after")
    def _one_evidence_key_for_all_nodes(self) -> Self:
        if self.environment != "development" and self.database_url and self.evidence_key is None:
            raise UnsafeSettings(
                "Nodes that share a database would each sign the evidence with a key of their own.",
                hint="Set CLARITY_EVIDENCE_KEY to the output of `openssl genpkey -algorithm "
                "ed25519`, the same on every node.",
            )
        return self

    @property
    def takes_payments(self) -> bool:
        """Whether anything can be bought."""
        return bool(self.paypal_client_id)

    @property
    def paypal(self) -> str:
        """Address of PayPal's REST interface."""
        return self.paypal_url or PAYPAL[self.paypal_mode]

    @property
    def detectors(self) -> tuple[str, ...]:
        """Detectors to deploy: those of free and of customers' scans."""
        return tuple(dict.fromkeys((*self.panel, *self.customer_panel)))

    @property
    def scheme(self) -> str:
        """Of the addresses of service and page."""
        return "https" if self.tls_certificate else "http"

    @property
    def page(self) -> str:
        """Address of the page, without a slash at its end."""
        return self.public_url.rstrip("/") or f"{self.scheme}://127.0.0.1:{self.app_port}"

    @property
    def store(self) -> str:
        """URL of the object store; by default a folder below `home`."""
        return self.store_url or (self.home / "store").as_uri()

    @property
    def evidence_key_file(self) -> Path:
        """Where the signing key lies unless `evidence_key` gives one."""
        return self.home / "keys" / "evidence.pem"

    def database(self, service: str) -> str:
        """SQLAlchemy URL of one service's own database."""
        if self.database_url:
            return self.database_url.replace("{service}", service)
        return f"sqlite:///{self.home / 'databases' / service}.sqlite"


def load_settings() -> Settings:
    """Settings of the environment and the defaults.

    Raises:
        UnsafeSettings: a default secret outside development.
        pydantic.ValidationError: a value that cannot be what it stands for.
    """
    return Settings()
