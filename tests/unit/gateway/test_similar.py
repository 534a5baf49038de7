"""Items that look alike: told as similar and no more, and nothing of who checked them."""

import numpy as np
import pytest

from clarity.media.likeness import SIMILAR_BITS, bands, differing_bits, perceptual_hash

from .conftest import picture

BASE = 0x0123456789ABCDEF


@pytest.fixture
def checked(clarity, monkeypatch):
    """Scans an item of the given perceptual hash."""

    def scan(number, likeness):
        judged = clarity.judge.scan

        def with_likeness(path, *, progress):
            findings = judged(path, progress=progress)
            findings.likeness = likeness
            return findings

        monkeypatch.setattr(clarity.judge, "scan", with_likeness)
        with clarity.working():
            done = clarity.send(picture(number), f"private {number}.png", prefer="wait=10").json()
        monkeypatch.setattr(clarity.judge, "scan", judged)
        return done

    return scan


def similar(clarity, scan):
    return clarity.call("GET", f"/v1/scans/{scan['id']}/similar").json()


def test_similar_items_are_told_nearest_first_without_their_owners(clarity, checked):
    far = checked(1, BASE ^ 0b1111)
    near = checked(2, BASE ^ 0b1)
    checked(3, ~BASE & (1 << 64) - 1)
    scan = checked(4, BASE)
    told = similar(clarity, scan)
    assert [item["differing_bits"] for item in told] == [1, 4]
    assert set(told[0]) == {"label", "confidence", "differing_bits", "checked_on"}
    for other in (far, near):
        assert other["id"] not in str(told)
    assert [item["differing_bits"] for item in similar(clarity, near)] == [1, 3]


def test_nothing_is_similar_to_itself_or_before_it_is_done(clarity, checked):
    scan = checked(1, BASE)
    assert similar(clarity, scan) == []
    again = clarity.send(picture(1)).json()
    assert again["instant"]
    assert similar(clarity, again) == []
    assert similar(clarity, clarity.send(picture(2)).json()) == []
    assert clarity.call("GET", f"/v1/scans/{'x' * 24}/similar").status_code == 404


def test_every_hash_within_the_bound_shares_a_band_and_no_bit_is_left_out():
    rng = np.random.default_rng(0)
    for _ in range(300):
        flips = rng.choice(64, SIMILAR_BITS, replace=False)
        other = BASE ^ sum(1 << int(bit) for bit in flips)
        assert differing_bits(BASE, other) == SIMILAR_BITS
        assert any(one == two for one, two in zip(bands(BASE), bands(other), strict=True))
    ones = bands((1 << 64) - 1)
    assert sum(value.bit_count() for value in ones) == 64
    assert all(value < 2**31 for value in ones)


def test_a_smaller_copy_is_similar_and_another_picture_is_not():
    from skimage import data, transform

    one = data.astronaut()
    small = (transform.resize(one, (200, 200), anti_aliasing=True) * 255).astype(np.uint8)
    assert differing_bits(perceptual_hash(one), perceptual_hash(small)) <= SIMILAR_BITS
    assert differing_bits(perceptual_hash(one), perceptual_hash(data.coffee())) > SIMILAR_BITS
