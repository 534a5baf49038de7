"""Money: whole minor units, read and written digit by digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from clarity.money import EXPONENTS, CurrencyMismatch, Money, NotAnAmount, UnknownCurrency

currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.builds(Money, minor=st.integers(-(10**11), 10**11), currency=currencies)


def usd(minor):
    return Money(minor=minor, currency="USD")


@given(amounts)
def test_a_written_amount_is_read_back(amount):
    assert Money.parse(amount.decimal, amount.currency) == amount


@pytest.mark.parametrize(
    ("text", "minor"),
    [("10", 1000), ("10.5", 1050), ("0.07", 7), ("-0.07", -7), ("12.340", 1234), ("007", 700)],
)
def test_amounts_are_read(text, minor):
    assert Money.parse(text, "USD").minor == minor


@pytest.mark.parametrize(
    "text", ["", "1.234", "1e3", "1,00", " 1", "1.", ".5", "NaN", "--1", "\u0661", "9" * 13]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(NotAnAmount):
        Money.parse(text, "USD")


def test_yen_have_no_digits():
    assert Money.parse("500", "JPY").decimal == "500"
    with pytest.raises(NotAnAmount):
        Money.parse("5.5", "JPY")


def test_floats_and_unknown_currencies_are_refused():
    with pytest.raises(ValidationError):
        Money(minor=1.0, currency="USD")
    with pytest.raises(ValidationError):
        Money(minor=1, currency="XXX")
    with pytest.raises(UnknownCurrency):
        Money.parse("1", "XXX")


def test_currencies_never_mix():
    for act in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b):
        with pytest.raises(CurrencyMismatch):
            act(usd(1), Money(minor=1, currency="EUR"))


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_the_nearest_whole_number(minor, part, whole):
    share = usd(minor).share(part, whole).minor
    assert abs(share * whole - minor * part) * 2 <= whole


def test_halves_go_to_the_even_number():
    assert [usd(n).share(1, 2).minor for n in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]
