"""What becomes of a mail: forwarded to whom, or held for whom and why; never neither."""

from __future__ import annotations

import itertools

import pytest
from mail_builders import ALL_GRAY, ALL_PASS, VENDED, a_mail, an_account, an_inbound_mail, forwarded, rules
from mail_judge import FORWARDER

from workflows.mail.category import Category
from workflows.mail.compose import compose
from workflows.mail.envelope import Replay
from workflows.mail.header_block import read_original
from workflows.mail.loops import MOST_HOPS
from workflows.mail.plan import HeldReason, Plan, copy_for, plan_for
from workflows.mail.verdicts import Verdicts

ADMIN = "cloud-team@example.com"
UNKNOWN = "nobody@aws.example.com"
AWS = {"from": b"AWS <no-reply@signin.aws>", "subject": b"Reset your root password"}
VALUES = ("PASS", "FAIL", "GRAY", "PROCESSING_FAILED", "DISABLED", "SOMETHING-NEW", "")


def planned(
    raw: bytes | None = None,
    *,
    verdicts: Verdicts = ALL_PASS,
    to: tuple[str, ...] = (VENDED,),
    replay: Replay | None = None,
    **config,
) -> Plan:
    accounts = {VENDED: an_account("ann@example.com", "all@example.com")}
    mail = an_inbound_mail(recipients=to, verdicts=verdicts, replay=replay)
    return plan_for(mail, read_original(raw or a_mail()), accounts.get, rules(**config))


def outcome(plan: Plan) -> str:
    """Who gets it, or why it is held."""
    return " ".join([*(one.to for one in plan.deliveries), *(one.reason for one in plan.held)])


BOTH = "ann@example.com all@example.com"


@pytest.mark.parametrize(
    ("verdicts", "to_owner", "to_unknown"),
    [
        (ALL_PASS, BOTH, ADMIN),
        (ALL_GRAY, BOTH, "unknown-address"),
        (Verdicts(), BOTH, "unknown-address"),
        (Verdicts(spam="NEW", virus="NEW", spf="NEW", dkim="NEW", dmarc="NEW"), BOTH, "unknown-address"),
        (Verdicts(spam="PASS", virus="PROCESSING_FAILED", dkim="PASS"), BOTH, "unknown-address"),
        (Verdicts(spam="DISABLED", virus="PASS", dkim="PASS"), BOTH, "unknown-address"),
        (Verdicts(spam="PASS", virus="PASS", spf="FAIL", dkim="FAIL", dmarc="FAIL"), BOTH, "unknown-address"),
        (Verdicts(spam="PASS", virus="PASS", spf="PASS"), BOTH, ADMIN),
        (Verdicts(spam="PASS", virus="PASS", dkim="PASS"), BOTH, ADMIN),
        (Verdicts(spam="PASS", virus="PASS", dmarc="PASS"), BOTH, ADMIN),
        (Verdicts(spam="FAIL", virus="PASS", dmarc="PASS"), "spam", "spam"),
        (Verdicts(spam="PASS", virus="FAIL", dmarc="PASS"), "virus", "virus"),
        (Verdicts(spam="FAIL", virus="FAIL"), "virus", "virus"),
    ],
)
def test_verdicts_decide(verdicts, to_owner, to_unknown):
    assert outcome(planned(verdicts=verdicts)) == to_owner
    assert outcome(planned(verdicts=verdicts, to=(UNKNOWN,))) == to_unknown


@pytest.mark.parametrize("values", list(itertools.product(VALUES, repeat=2)))
def test_only_fail_ever_blocks(values):
    plan = planned(verdicts=Verdicts(spam=values[0], virus=values[1], spf="FAIL", dkim="FAIL", dmarc="FAIL"))
    assert bool(plan.held) == ("FAIL" in values)
    assert bool(plan.deliveries) != bool(plan.held)


def test_the_owner_is_told_of_a_virus_and_nobody_of_spam():
    (held,) = planned(verdicts=Verdicts(virus="FAIL")).held
    assert held.tell == ("ann@example.com", "all@example.com")
    assert planned(verdicts=Verdicts(spam="FAIL")).held[0].tell == ()
    assert planned(verdicts=Verdicts(virus="FAIL"), to=(UNKNOWN,)).held[0].tell == ()


def test_what_aws_provably_sent_is_no_spam():
    plan = planned(a_mail(**AWS), verdicts=Verdicts(spam="FAIL", virus="PASS", dmarc="PASS"))
    assert outcome(plan) == BOTH
    assert plan.category is Category.PASSWORD_RESET


def test_what_only_claims_to_be_aws_is_spam():
    plan = planned(a_mail(**AWS), verdicts=Verdicts(spam="FAIL", virus="PASS", dkim="FAIL", dmarc="FAIL"))
    assert outcome(plan) == "spam"
    assert plan.category is Category.OTHER


def test_a_virus_from_aws_is_held():
    assert outcome(planned(a_mail(**AWS), verdicts=Verdicts(virus="FAIL", dmarc="PASS"))) == "virus"


def test_spam_from_aws_to_an_unknown_address_is_held():
    plan = planned(a_mail(**AWS), verdicts=Verdicts(spam="FAIL", virus="PASS", dmarc="PASS"), to=(UNKNOWN,))
    assert outcome(plan) == "unknown-address"


def test_the_hold_policy_holds_mail_to_unknown_addresses_only():
    plan = planned(to=(UNKNOWN, VENDED), forward_unknown=False)
    assert outcome(plan) == BOTH + " unknown-address"
    assert plan.held[0].addressee.recipient == UNKNOWN


def test_only_an_operator_overrules_what_a_mail_is_held_for():
    ours, by_an_operator = Replay("unreachable-1"), Replay("r", overrules=True)
    assert outcome(planned(to=(UNKNOWN,), forward_unknown=False, replay=ours)) == "unknown-address"
    assert outcome(planned(to=(UNKNOWN,), forward_unknown=False, replay=by_an_operator)) == ADMIN


def test_every_recipient_ends_somewhere():
    plan = planned(to=(UNKNOWN, VENDED.upper(), FORWARDER, "x+y@aws.example.com"))
    ended = {one.addressee.address for one in plan.held} | {
        address for one in plan.deliveries for address in one.addresses
    }
    assert ended == {UNKNOWN, VENDED, FORWARDER, "x+y@aws.example.com"}


def test_copies_go_out_by_category():
    copies = {"password-reset": ("security@example.com",), "billing": ("finance@example.com",)}
    plan = planned(a_mail(**AWS), copies=copies)
    assert outcome(plan) == BOTH + " security@example.com"
    assert outcome(planned(copies=copies)) == BOTH


def test_a_mail_that_we_sent_and_that_comes_back_is_held():
    for raw in (a_mail(), a_mail(body=b"x" * 999)):
        plan = planned(forwarded(raw).raw)
        assert outcome(plan) == "loop"
        assert plan.held[0].explanation == "we forwarded it once already and it came back"


@pytest.mark.parametrize("marker", [b"FORWARDER@aws.example.com", b"\r\n forwarder@aws.example.com "])
def test_our_marker_is_known_however_it_is_written(marker):
    assert outcome(planned(a_mail(x_vended_loop=marker))) == "loop"


def test_another_installations_marker_is_no_loop():
    assert outcome(planned(a_mail(x_vended_loop=b"forwarder@elsewhere.example"))) == BOTH


@pytest.mark.parametrize(("hops", "expected"), [(MOST_HOPS, BOTH), (MOST_HOPS + 1, "loop")])
def test_more_than_fifty_hops_are_a_loop(hops, expected):
    assert outcome(planned(a_mail(received=[b"from a by b"] * hops))) == expected


@pytest.mark.parametrize("recipient", [FORWARDER, FORWARDER.upper(), "forwarder+x@aws.example.com"])
def test_mail_to_the_forwarder_itself_is_held(recipient):
    assert outcome(planned(to=(recipient,))) == HeldReason.LOOP
    assert outcome(planned(to=(recipient, VENDED))) == BOTH + " loop"


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": b"auto-generated"},
        {"auto_submitted": b"auto-replied", "precedence": b"bulk"},
        {"return_path": b"<>"},
        {"list_id": b"<x.example.org>", "list_unsubscribe": b"<mailto:x@y>"},
        {"content_type": b"multipart/report; report-type=delivery-status; boundary=x"},
    ],
)
def test_automatic_mail_is_forwarded(headers):
    mail = an_inbound_mail(source="")
    plan = plan_for(
        mail, read_original(a_mail(**headers)), {VENDED: an_account("ann@example.com")}.get, rules()
    )
    assert outcome(plan) == "ann@example.com"


def test_a_delivery_becomes_a_mail():
    raw = a_mail(**AWS)
    mail = an_inbound_mail()
    original = read_original(raw)
    plan = plan_for(mail, original, {VENDED: an_account("ann@example.com")}.get, rules())
    out = compose(original, copy_for(plan.deliveries[0], mail, plan, rules()))
    assert b"X-Vended-Address: payments-prod@aws.example.com\r\n" in out.raw
    assert b"X-Vended-Category: password-reset\r\n" in out.raw
    assert b"X-Vended-Envelope-From: bounces@example.org\r\n" in out.raw
