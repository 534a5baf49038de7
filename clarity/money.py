"""Money: a whole number of minor units and an ISO 4217 currency; never a float."""

import re
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from clarity.errors import ClarityError

EXPONENTS = {"USD": 2, "EUR": 2, "GBP": 2, "CHF": 2, "ZAR": 2, "JPY": 0}
"""Digits after the point of the currencies that may be used (ISO 4217, minor unit)."""

_DECIMAL = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,3}))?", re.ASCII)


class UnknownCurrency(ClarityError):
    """The currency is not one that Clarity calculates in."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "unknown-currency"
    hint = f"Use one of {', '.join(EXPONENTS)}."


class CurrencyMismatch(ClarityError):
    """Two currencies were to be added or compared."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "currency-mismatch"
    hint = "Amounts are never converted: keep one currency per account."


class NotAnAmount(ClarityError):
    """A text that is to be an amount is none, or is finer than the currency."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "not-an-amount"
    hint = "Write it as 12.34, with at most the digits that the currency has."


class Money(BaseModel):
    """An amount.

    Attributes:
        minor: minor units, such as cents; negative for what flows back.
        currency: ISO 4217 code, one of `EXPONENTS`.
    """

    model_config = ConfigDict(frozen=True, strict=True)
    minor: int = Field(description="minor units, such as cents", examples=[1000])
    currency: str = Field(min_length=3, max_length=3, description="ISO 4217", examples=["USD"])

    @field_validator("currency")
    @classmethod
    def _known(cls, currency: str) -> str:
        if currency not in EXPONENTS:
            raise ValueError(f"the currency must be one of {', '.join(EXPONENTS)}")
        return currency

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """An amount from a decimal text such as "12.34", read digit by digit.

        Raises:
            NotAnAmount: it is no decimal number, or has more digits than the currency.
            UnknownCurrency: the currency is not supported.
        """
        if currency not in EXPONENTS:
            raise UnknownCurrency(f"{currency[:8]!r} is not a currency that is used here.")
        match = _DECIMAL.fullmatch(text)
        if match is None:
            raise NotAnAmount(f"{text[:20]!r} is not an amount.")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        digits = EXPONENTS[currency]
        if fraction[digits:].strip("0"):
            raise NotAnAmount(f"{text[:20]!r} is finer than {currency}.")
        minor = int(whole + fraction[:digits].ljust(digits, "0"))
        return cls(minor=-minor if sign else minor, currency=currency)

    @property
    def decimal(self) -> str:
        """As a decimal text with the currency's digits: "12.34"."""
        digits = EXPONENTS[self.currency]
        text = str(abs(self.minor)).rjust(digits + 1, "0")
        whole, fraction = (text[:-digits], "." + text[-digits:]) if digits else (text, "")
        return f"{'-' if self.minor < 0 else ''}{whole}{fraction}"

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __neg__(self) -> "Money":
        return Money(minor=-self.minor, currency=self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(minor=self.minor + self._same(other), currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(minor=self.minor - self._same(other), currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def share(self, part: int, whole: int) -> "Money":
        """`part / whole` of the amount, rounded half to even in whole numbers.

        Args:
            part: at least 0.
            whole: above 0.
        """
        return Money(minor=_divide(self.minor * part, whole), currency=self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self} and {other} have different currencies.")
        return other.minor


def _divide(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    up = twice > denominator or (twice == denominator and quotient % 2 == 1)
    return quotient + up
