"""Everything an operator may set, built by `load_settings` and passed on from there."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from clarity.errors import ClarityError

DEFAULT_SECRET = "development-only-secret"  # noqa: S105 - refused outside development


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

    model_config = SettingsConfigDict(env_prefix="CLARITY_", frozen=True, extra="ignore")

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
    metrics_port: int = Field(default=9078, ge=1, le=65535)

    panel: tuple[str, ...] = Field(
        default=("efficientnet_lite0",), description="detectors of a free scan"
    )

    releases: Path | None = Field(
        default=None, description="folder of releases, instead of those in the package"
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

    upload_bytes: int = Field(default=200 * 1024**2, gt=0, description="largest upload")
    upload_idle_seconds: float = Field(default=30, gt=0, description="longest pause in an upload")
    free_lane_waiting: int = Field(default=100, ge=0, description="free scans that may wait")
    longest_wait_seconds: float = Field(default=50, gt=0, description="cap of `Prefer: wait`")

    lease_seconds: float = Field(default=10, gt=0, description="life of a lease between beats")
    attempts: int = Field(default=3, ge=1, description="crashes after which a scan has failed")
    scan_seconds: float = Field(default=900, gt=0, description="longest life of one attempt")
    scanner_threads: int = Field(default=1, ge=1, description="scans at once in one replica")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        # Workers run in folders of their own.
        return home.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _one_database_per_service(cls, url: str) -> str:
        if url and "{service}" not in url:
            raise ValueError("the database URL must contain {service}")
        return url

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
