"""Sizes as they are written for people."""

import pytest

from clarity.sizes import in_words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (5, "5 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (1024**2 - 1, "1 MiB"),
        (10 * 1024**2, "10 MiB"),
        (200 * 1024**2, "200 MiB"),
        (1024**3 + 1024**2 * 512, "1.5 GiB"),
        (5000 * 1024**3, "5000 GiB"),
    ],
)
def test_a_size_is_told_in_the_unit_that_fits(size, words):
    assert in_words(size) == words
