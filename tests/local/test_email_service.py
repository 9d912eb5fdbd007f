"""SESv2 SendEmail keeps every byte and refuses what SES refuses."""

from __future__ import annotations

import base64
import email
import email.policy
from typing import Any

import pytest

OWNER = {"ToAddresses": ["owner@example.com"]}


def a_mail(body: bytes = b"hello\r\n", **headers: str) -> bytes:
    named = {"From": "AWS <forwarder@aws.example.com>", "To": "root@example.com", "Subject": "s", **headers}
    lines = [f"{name}: {value}\r\n".encode() for name, value in named.items() if value]
    return b"".join(lines) + b"\r\n" + body


def send(aws: Any, raw: bytes, **more: Any) -> str:
    content = {"Raw": {"Data": raw}}
    answer = aws.client("sesv2").send_email(**{"Content": content, "Destination": OWNER, **more})
    return str(answer["MessageId"])


def outbox(aws: Any) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = aws.control("GET", "/_local/outbox")[1]
    return mails


def test_the_outbox_has_the_very_bytes_that_were_sent(aws: Any) -> None:
    raw = a_mail(b"\0\xff\xfe\r\n\n\r" + bytes(range(256)))
    message_id = send(aws, raw)
    assert outbox(aws) == [
        {
            "messageId": message_id,
            "source": "forwarder@aws.example.com",
            "destinations": ["owner@example.com"],
            "raw": base64.b64encode(raw).decode(),
        }
    ]


def test_the_destination_decides_and_not_the_headers(aws: Any) -> None:
    send(aws, a_mail(To="a@example.com, b@example.com", Bcc="c@example.com"))
    assert outbox(aws)[0]["destinations"] == ["owner@example.com"]


def test_without_a_destination_the_headers_decide(aws: Any) -> None:
    send(aws, a_mail(To="A <a@example.com>, b@example.com", Bcc="c@example.com"), Destination={})
    assert outbox(aws)[0]["destinations"] == ["a@example.com", "b@example.com", "c@example.com"]


def test_a_sender_given_beside_a_raw_mail_takes_the_place_of_its_from_and_loses_the_name(aws: Any) -> None:
    raw = a_mail(From="Jane\r\n Doe <jane@aws.example.com>")
    send(aws, raw, FromEmailAddress="forwarder@aws.example.com")
    send(aws, a_mail(From=""), FromEmailAddress="forwarder@aws.example.com")
    last = b"To: root@example.com\r\nSubject: s\r\nFrom: Jane <jane@aws.example.com>\r\n\r\nhello\r\n"
    send(aws, last, FromEmailAddress="forwarder@aws.example.com")
    for sent in outbox(aws):
        mail = email.message_from_bytes(base64.b64decode(sent["raw"]))
        assert mail.get_all("From") == ["forwarder@aws.example.com"]
        assert (mail["To"], mail["Subject"], mail.get_payload()) == ("root@example.com", "s", "hello\r\n")


def test_simple_content_becomes_a_mail_with_text_and_html(aws: Any) -> None:
    aws.client("sesv2").send_email(
        FromEmailAddress="Cloud team <forwarder@aws.example.com>",
        Destination=OWNER,
        ReplyToAddresses=["team@example.com"],
        Content={
            "Simple": {
                "Subject": {"Data": "Grüße"},
                "Body": {"Text": {"Data": "text ü"}, "Html": {"Data": "<p>html</p>"}},
                "Headers": [{"Name": "X-Vended", "Value": "1"}],
            }
        },
    )
    mail = email.message_from_bytes(base64.b64decode(outbox(aws)[0]["raw"]), policy=email.policy.default)
    assert (mail["Subject"], mail["Reply-To"], mail["X-Vended"]) == ("Grüße", "team@example.com", "1")
    assert mail.get_body(("plain",)).get_content().strip() == "text ü"  # type: ignore[union-attr]
    assert mail.get_body(("html",)).get_content().strip() == "<p>html</p>"  # type: ignore[union-attr]


UNVERIFIED = "Email address is not verified. The following identities failed the check in region US-EAST-1: "
REFUSED = [
    (a_mail(From="stranger@example.org"), "MessageRejected", UNVERIFIED + "stranger@example.org"),
    (a_mail(Sender="stranger@example.org"), "MessageRejected", UNVERIFIED + "stranger@example.org"),
    (
        a_mail(**{"Return-Path": "<stranger@example.org>"}),
        "MessageRejected",
        UNVERIFIED + "stranger@example.org",
    ),
    (b"Subject: again\r\n" + a_mail(), "BadRequestException", "Duplicate header 'Subject'."),
    (b"dkim-signature: a\r\nDKIM-Signature: b\r\n" + a_mail(), "BadRequestException", "Duplicate header"),
    (a_mail(From=""), "BadRequestException", "Missing required header 'From'."),
    (a_mail(b"x" * 999), "BadRequestException", "longer than 998 bytes"),
    (a_mail(Subject="s" * 990), "BadRequestException", "longer than 998 bytes"),
    (a_mail(To=" "), "BadRequestException", "Empty required header 'To'."),
    (a_mail(To="a@example.com, root"), "BadRequestException", "Missing final '@domain'"),
    (a_mail(Cc="undisclosed-recipients:;"), "BadRequestException", "Missing final '@domain'"),
    (a_mail(To="jané@example.com"), "BadRequestException", "Local address contains control or whitespace"),
    (a_mail(To="jane@exämple.com"), "BadRequestException", "Domain contains control or whitespace"),
    (a_mail(**{"Reply-To": "jane@a_b.org"}), "BadRequestException", "Domain contains illegal character"),
    (a_mail(Cc="Doe, Jane <j@example.com>"), "BadRequestException", "Missing final '@domain'"),
    (
        a_mail(From="=?utf-8?q?" + "x" * 289 + "?= <a@aws.example.com>"),
        "BadRequestException",
        "Address length is more than 320 bytes long",
    ),
    (
        a_mail(b"x\r\n" * (14 * 1024 * 1024)),
        "BadRequestException",
        "Message length is more than 41943040 bytes",
    ),
]


@pytest.mark.parametrize(("raw", "code", "message"), REFUSED, ids=[case[2][-30:] for case in REFUSED])
def test_ses_refuses(aws: Any, refused: Any, raw: bytes, code: str, message: str) -> None:
    response = refused(send, aws=aws, raw=raw)
    assert response["Error"]["Code"] == code
    assert message in response["Error"]["Message"]
    assert outbox(aws) == []


TAKEN = [
    b"Received: a\r\nReceived: b\r\n" + a_mail(),
    a_mail(b"x" * 998 + b"\r" + b"y" * 998 + b"\n"),
    a_mail(From="Sub <a@sub.aws.example.com>", **{"Reply-To": "stranger@example.org"}),
    a_mail(From="=?utf-8?q?" + "x" * 288 + "?= <a@aws.example.com>"),
    a_mail(
        To='"Doe, Jane" <"j..d"@example.com>,\r\n =?utf-8?q?J?= (x, y) <j@example.com>,', Cc="j@localhost"
    ),
    a_mail(b"Subject: in the body\r\n"),
]


@pytest.mark.parametrize("raw", TAKEN)
def test_ses_takes(aws: Any, raw: bytes) -> None:
    send(aws, raw)
    assert base64.b64decode(outbox(aws)[0]["raw"]) == raw


@pytest.mark.parametrize(
    ("recipients", "message"),
    [
        ([f"a{number}@example.com" for number in range(51)], "Recipient count exceeds 50."),
        (["ä@example.com"], "non-ASCII"),
        (["nobody"], "Missing final '@domain'"),
        (["a b@example.com"], "Illegal address"),
    ],
)
def test_ses_refuses_recipients(aws: Any, refused: Any, recipients: list[str], message: str) -> None:
    response = refused(send, aws=aws, raw=a_mail(), Destination={"ToAddresses": recipients})
    assert message in response["Error"]["Message"]


def test_an_unknown_configuration_set_is_refused(aws: Any, refused: Any) -> None:
    response = refused(send, aws=aws, raw=a_mail(), ConfigurationSetName="none")
    assert response["Error"]["Code"] == "NotFoundException"


def test_a_configuration_set_that_the_mail_itself_names_is_obeyed(aws: Any, refused: Any) -> None:
    response = refused(send, aws=aws, raw=a_mail(**{"X-SES-Configuration-Set": "theirs"}))
    assert response["Error"]["Code"] == "NotFoundException"
    aws.client("sesv2").create_configuration_set(ConfigurationSetName="theirs")
    send(aws, a_mail(**{"X-SES-Configuration-Set": "theirs"}))


def test_a_bare_cr_ends_no_header(aws: Any, refused: Any) -> None:
    raw = b"Subject: s\r\nFrom: a@aws.example.com\r\rx:\r\nFrom: b@aws.example.com\r\n\r\nhello"
    assert "Duplicate header 'From'" in refused(send, aws=aws, raw=raw)["Error"]["Message"]


def test_the_account_is_out_of_the_sandbox(aws: Any) -> None:
    send(aws, a_mail())
    account = aws.client("sesv2").get_account()
    assert account["ProductionAccessEnabled"] is True
    assert account["SendQuota"]["SentLast24Hours"] == 1
