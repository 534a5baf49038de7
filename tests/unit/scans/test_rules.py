"""Pure decisions of the queue."""

from hypothesis import given
from hypothesis import strategies as st

from clarity.scans.rules import request_digest, retry_after, scoped_key, shown_name


@given(st.text())
def test_shown_names_are_short_clean_and_never_a_path(name):
    shown = shown_name(name)
    assert 1 <= len(shown) <= 120
    assert "/" not in shown
    assert "\\" not in shown
    assert shown.isprintable()


def test_shown_names_keep_the_last_part():
    assert shown_name(r"C:\Users\me\holiday photo.jpg") == "holiday photo.jpg"
    assert shown_name("../../etc/passwd") == "passwd"
    assert shown_name(None) == "upload"


def test_keys_of_two_clients_differ_and_hide_both():
    keys = {scoped_key("s", client, "1") for client in ("10.0.0.1", "10.0.0.2")}
    keys.add(scoped_key("another secret", "10.0.0.1", "1"))
    assert len(keys) == 3
    assert all(len(key) == 64 and "10.0.0" not in key for key in keys)


def test_request_digests_do_not_run_together():
    assert request_digest("ab", "c") != request_digest("a", "bc")


@given(st.integers(min_value=0, max_value=10**9))
def test_retry_after_is_a_sane_number_of_seconds(waiting):
    assert 5 <= retry_after(waiting) <= 300
