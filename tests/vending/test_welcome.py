"""The welcome mail says what an owner needs to know, in both parts, and its templates can be replaced."""

from __future__ import annotations

import email
import email.policy

from hypothesis import given
from hypothesis import strategies as st

from workflows.vending.settings import Settings
from workflows.vending.welcome import welcome_mail

SETTINGS = {
    "table_name": "table",
    "domain": "aws.example.com",
    "forward_from": "forwarder@aws.example.com",
    "administrator": "cloud-team@example.com",
    "sign_in_url": "https://example.awsapps.com/start",
}


def a_vended_account(**changes):
    return {
        "address": "payments-prod@aws.example.com",
        "accountName": "payments-prod",
        "accountId": "111122223333",
        "ownerEmails": ["team-payments@example.com"],
        "ownerName": "Payments team",
        "requestId": "r-1",
        **changes,
    }


def welcome(item, **settings):
    raw = welcome_mail(item, Settings(**SETTINGS | settings))
    return email.message_from_bytes(raw, policy=email.policy.default)


def texts(mail):
    return [mail.get_body([kind]).get_content() for kind in ("plain", "html")]


def test_both_parts_name_account_address_owner_sign_in_and_contact():
    for text in texts(welcome(a_vended_account())):
        for told in ("111122223333", "payments-prod@", "team-payments@", "awsapps.com/start", "cloud-team@"):
            assert told in text
        assert "not for daily use" in text


def test_without_a_sign_in_url_the_mail_names_none():
    assert not any("Sign in at" in text for text in texts(welcome(a_vended_account(), sign_in_url="")))


def test_an_external_address_is_not_promised_to_be_forwarded():
    for text in texts(welcome(a_vended_account(address="root@elsewhere.example", external=True))):
        assert "not" in text
        assert "is forwarded to" not in text


def test_every_owner_is_a_recipient():
    mail = welcome(a_vended_account(ownerEmails=["a@example.com", "b@example.com"]))
    assert [address.addr_spec for address in mail["To"].addresses] == ["a@example.com", "b@example.com"]


def test_a_name_of_hostile_characters_stays_text():
    text, html = texts(welcome(a_vended_account(accountName='<b>"x"</b>\\')))
    assert '<b>"x"</b>\\' in text
    assert "&lt;b&gt;" in html


@given(
    name=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=50),
    owner=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=100),
)
def test_any_name_makes_a_mail_ses_accepts(name, owner):
    raw = welcome_mail(a_vended_account(accountName=name, ownerName=owner), Settings(**SETTINGS))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) < 998
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert " ".join(name.split()) in " ".join(mail["Subject"].split())


def test_a_users_own_template_takes_the_place_of_ours(tmp_path):
    (tmp_path / "welcome.subject.j2").write_text("Konto {{ account_name }} ist bereit")
    mail = welcome(a_vended_account(), template_folder=str(tmp_path))
    assert mail["Subject"] == "Konto payments-prod ist bereit"
    assert "your AWS account is ready" in texts(mail)[0]
