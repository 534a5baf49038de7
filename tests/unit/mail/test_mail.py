"""Letters over real sockets: plain, with TLS, refused, and into a folder."""

import socket
import stat
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from clarity.mail import BadMailAddress, FolderMailer, Letter, MailFailed, SmtpMailer

LETTER = Letter(to="ann@example.org", subject="Grüezi", text="Ein Link: http://page/x?token=a\n")


class Catcher:
    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"


class Refusing(Catcher):
    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        return "550 no such user"


@pytest.fixture
def server(request):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler, options = request.param
    controller = Controller(handler(), hostname="127.0.0.1", port=port, **options)
    controller.start()
    yield controller
    controller.stop()


@pytest.mark.parametrize("server", [(Catcher, {})], indirect=True)
def test_a_letter_arrives_as_it_was_written(server):
    SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender="Clarity <c@example.org>").send(LETTER)
    (envelope,) = server.handler.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("c@example.org", ["ann@example.org"])
    read = message_from_bytes(envelope.content, policy=default)
    assert read["Subject"] == "Grüezi"
    assert read.get_content().replace("\r\n", "\n") == LETTER.text


@pytest.mark.parametrize("server", [(Refusing, {})], indirect=True)
def test_a_refusal_is_told_without_the_address(server):
    with pytest.raises(MailFailed) as caught:
        SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender="c@example.org").send(LETTER)
    assert "ann@" not in caught.value.message


@pytest.mark.parametrize("server", [(Catcher, {})], indirect=True)
def test_a_password_is_never_sent_without_tls(server):
    url = f"smtp://user:secret@127.0.0.1:{server.port}"
    with pytest.raises(MailFailed, match="TLS"):
        SmtpMailer(url, sender="c@example.org").send(LETTER)
    assert server.handler.envelopes == []


def test_a_server_that_is_away_is_told():
    with pytest.raises(MailFailed):
        SmtpMailer("smtp://127.0.0.1:9", sender="c@example.org").send(LETTER)


@pytest.mark.parametrize("url", ["mail.example.org", "http://mail", "smtp://"])
def test_other_addresses_are_refused(url):
    with pytest.raises(BadMailAddress):
        SmtpMailer(url, sender="c@example.org")


def test_a_header_cannot_be_injected(tmp_path):
    evil = Letter(to="ann@example.org\nBcc: eve@example.org", subject="s", text="t")
    with pytest.raises(ValueError, match="linefeed"):
        FolderMailer(tmp_path / "mail", sender="c@example.org").send(evil)


def test_letters_in_a_folder_are_their_owners_alone(tmp_path):
    FolderMailer(tmp_path / "mail", sender="c@example.org").send(LETTER)
    (path,) = (tmp_path / "mail").iterdir()
    assert message_from_bytes(path.read_bytes(), policy=default)["To"] == "ann@example.org"
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
