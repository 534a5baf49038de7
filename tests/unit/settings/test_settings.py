"""Settings: defaults that run, and secrets that may not."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from clarity.settings import DEFAULT_SECRET, UnsafeSettings, load_settings
from tests.unit.media.credentials import Newsroom


def test_defaults_keep_everything_below_home(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.home == tmp_path / "var"
    assert settings.store == (tmp_path / "var/store").as_uri()
    assert settings.database("scans") == f"sqlite:///{tmp_path}/var/databases/scans.sqlite"
    assert settings.database("reports") != settings.database("scans")
    assert list(tmp_path.iterdir()) == [], "reading settings makes no folder"


@pytest.mark.parametrize("secret", [None, DEFAULT_SECRET, "short"])
def test_production_refuses_weak_secrets(monkeypatch, secret):
    monkeypatch.setenv("CLARITY_ENVIRONMENT", "production")
    if secret:
        monkeypatch.setenv("CLARITY_SECRET_KEY", secret)
    with pytest.raises(UnsafeSettings) as caught:
        load_settings()
    assert "openssl" in caught.value.hint


def test_production_takes_a_secret_and_never_shows_it(monkeypatch):
    monkeypatch.setenv("CLARITY_ENVIRONMENT", "production")
    monkeypatch.setenv("CLARITY_SECRET_KEY", "f" * 64)
    assert "ffff" not in repr(load_settings())


def test_every_service_has_its_own_database(monkeypatch):
    monkeypatch.setenv("CLARITY_DATABASE_URL", "mysql+pymysql://u:p@db/clarity_{service}")
    assert load_settings().database("scans") == "mysql+pymysql://u:p@db/clarity_scans"
    monkeypatch.setenv("CLARITY_DATABASE_URL", "mysql+pymysql://u:p@db/clarity")
    with pytest.raises(ValidationError, match="service"):
        load_settings()


def test_home_is_absolute(monkeypatch):
    monkeypatch.setenv("CLARITY_HOME", "~/clarity")
    assert load_settings().home == Path.home() / "clarity"


def test_nodes_that_share_a_database_share_the_evidence_key(monkeypatch):
    monkeypatch.setenv("CLARITY_ENVIRONMENT", "production")
    monkeypatch.setenv("CLARITY_SECRET_KEY", "s" * 32)
    monkeypatch.setenv("CLARITY_DATABASE_URL", "mysql+pymysql://u:p@host/clarity_{service}")
    with pytest.raises(UnsafeSettings) as caught:
        load_settings()
    assert "CLARITY_EVIDENCE_KEY" in caught.value.hint
    monkeypatch.setenv("CLARITY_EVIDENCE_KEY", "-----BEGIN PRIVATE KEY----- top secret")
    assert "top secret" not in repr(load_settings())


def test_paypal_is_off_until_it_is_whole(monkeypatch):
    assert not load_settings().takes_payments
    monkeypatch.setenv("CLARITY_PAYPAL_CLIENT_ID", "client")
    with pytest.raises(ValidationError, match="belong together"):
        load_settings()
    monkeypatch.setenv("CLARITY_PAYPAL_CLIENT_SECRET", "very-secret")
    monkeypatch.setenv("CLARITY_PAYPAL_WEBHOOK_ID", "WH")
    settings = load_settings()
    assert settings.takes_payments
    assert settings.paypal == "https://api-m.sandbox.paypal.com", "no real money by default"
    assert "very-secret" not in repr(settings)
    monkeypatch.setenv("CLARITY_PAYPAL_MODE", "live")
    assert load_settings().paypal == "https://api-m.paypal.com"


@pytest.mark.parametrize("url", ["http://paypal.example", "ftp://127.0.0.1", "paypal.example"])
def test_paypal_is_spoken_to_over_tls_only(monkeypatch, url):
    monkeypatch.setenv("CLARITY_PAYPAL_URL", url)
    with pytest.raises(ValidationError, match="https"):
        load_settings()


def test_proxies_that_are_no_addresses_are_refused(monkeypatch):
    monkeypatch.setenv("CLARITY_TRUSTED_PROXIES", '["10.0.0.0/8", "balancer"]')
    with pytest.raises(ValidationError, match="balancer"):
        load_settings()


def test_a_certificate_needs_its_key(monkeypatch):
    monkeypatch.setenv("CLARITY_TLS_CERTIFICATE", "/etc/clarity/certificate.pem")
    with pytest.raises(ValidationError, match="belong together"):
        load_settings()
    monkeypatch.setenv("CLARITY_TLS_KEY", "/etc/clarity/key.pem")
    assert load_settings().page.startswith("https://")


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "hunter2-secret"), ("PAYPAL_CLIENT_SECRET", "hunter2-secret")]
)
def test_what_is_wrong_is_told_without_what_was_given(monkeypatch, name, value):
    """A whole-settings check would show every value that stands beside the wrong one."""
    monkeypatch.setenv(f"CLARITY_{name}", value)
    monkeypatch.setenv("CLARITY_SECRET_KEY", "hunter2-of-the-installation")
    with pytest.raises(ValidationError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("place", ["hooks.corp.example", "https://a:1/", ":8443", "a:b"])
def test_receivers_inside_are_named_as_host_and_port(monkeypatch, place):
    monkeypatch.setenv("CLARITY_WEBHOOK_INSIDE", '["Hooks.corp.example:8443"]')
    assert load_settings().webhook_inside == ("hooks.corp.example:8443",)
    monkeypatch.setenv("CLARITY_WEBHOOK_INSIDE", f'["{place}"]')
    with pytest.raises(ValidationError):
        load_settings()


@pytest.mark.parametrize("content", [None, "", "words", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_anchors_that_are_no_certificates_are_refused_at_the_start(monkeypatch, tmp_path, content):
    anchors = tmp_path / "anchors.pem"
    if content is not None:
        anchors.write_text(content)
    monkeypatch.setenv("CLARITY_PROVENANCE_ANCHORS", str(anchors))
    with pytest.raises(ValueError, match="names no file of PEM certificates"):
        load_settings()


def test_anchors_are_one_or_more_certificates(monkeypatch, tmp_path):
    anchors = tmp_path / "anchors.pem"
    anchors.write_text(Newsroom().root + Newsroom().root)
    monkeypatch.setenv("CLARITY_PROVENANCE_ANCHORS", str(anchors))
    assert load_settings().provenance_anchors == anchors
