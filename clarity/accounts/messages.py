"""What the account service says and is told: the wire models, all that apps may import."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, EmailStr, Field, SecretStr

FREE = "free"
"""Plan of an account that never chose one."""


class Role(StrEnum):
    CUSTOMER = "customer"
    EXPERT = "expert"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What an API key may be used for."""

    SCAN = "scan"
    """Hand items in, follow them, read their reports."""
    HISTORY = "history"
    """Read the account's scans and activity."""


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """A body that is taken in: fields that are not known are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Password = SecretStr
"""Never shown, never logged; its form is checked by `rules.check_password`."""


class Account(Message):
    """An account as its owner sees it."""

    id: str
    email: str
    role: Role
    plan: str = FREE
    created_at: datetime
    second_factor: bool = False
    training_consent: bool = Field(
        default=False, description="media may be used to train detectors; off until switched on"
    )
    zero_retention: bool = Field(
        default=False, description="scans, media and reports are removed an hour after the verdict"
    )


class ManagedAccount(Account):
    """An account as an administrator sees it."""

    confirmed: bool
    suspended_at: datetime | None = None
    suspension_reason: str | None = None


class SignUp(Request):
    email: EmailStr = Field(max_length=254)
    password: Password = Field(max_length=128)
    training_consent: bool = False


class EmailOnly(Request):
    email: EmailStr = Field(max_length=254)


class Confirmation(Request):
    """The letter's token and the password that was chosen: either alone proves too little."""

    token: SecretStr = Field(min_length=1, max_length=128)
    password: Password = Field(max_length=128)


class Login(Request):
    """`code` is that of the second factor, where one is set up."""

    email: EmailStr = Field(max_length=254)
    password: Password = Field(max_length=128)
    code: SecretStr | None = Field(default=None, max_length=16)
    role: Role = Field(
        default=Role.CUSTOMER,
        description="as whom to come in: experts and administrators are customers too",
    )


class Opened(Message):
    """A session that was opened. The token is shown here and never again."""

    token: str
    expires_at: datetime
    account: Account


class SessionShown(Message):
    id: str
    created_at: datetime
    expires_at: datetime
    current: bool = False


class PasswordReset(Request):
    token: SecretStr = Field(min_length=1, max_length=128)
    password: Password = Field(max_length=128)


class PasswordChange(Request):
    current: Password = Field(max_length=128)
    new: Password = Field(max_length=128)


class Proof(Request):
    """The password once more, before something that cannot be undone."""

    password: Password = Field(max_length=128)
    code: SecretStr | None = Field(default=None, max_length=16)


class Preferences(Request):
    """What is left out stays as it is."""

    training_consent: bool | None = None
    zero_retention: bool | None = None


class SecondFactor(Message):
    """A secret for an authenticator app; it counts once a code of it was given back."""

    secret: str
    uri: str


class Code(Request):
    code: SecretStr = Field(min_length=1, max_length=16)


class KeyOrder(Request):
    name: str = Field(min_length=1, max_length=60)
    scopes: frozenset[Scope] = Field(min_length=1)
    days: int = Field(default=90, ge=1, le=365, description="life of the key")


class ApiKey(Message):
    """An API key as it is listed: never the key itself."""

    id: str
    name: str
    start: str = Field(description="first characters of the key, to tell it from others")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None


class NewApiKey(ApiKey):
    key: str = Field(description="shown here and never again")


class Suspension(Request):
    reason: str = Field(min_length=3, max_length=300)


class RoleChange(Request):
    role: Role


class PlanChange(Request):
    plan: str = Field(min_length=1, max_length=40, pattern=r"[a-z0-9-]+")


class BanOrder(Request):
    address: str = Field(max_length=45, description="IPv4 or IPv6; of IPv6 the /64 is banned")
    reason: str = Field(min_length=3, max_length=300)
    hours: int = Field(default=24, ge=1, le=24 * 365)


class Ban(Message):
    """The address itself is not kept, only a keyed digest of it."""

    digest: str
    reason: str
    created_at: datetime
    until: datetime
