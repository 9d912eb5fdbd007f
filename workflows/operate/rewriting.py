"""`vend mail rewrite`: the mail an owner would get, without any AWS."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from workflows.mail.compose import Outgoing, compose
from workflows.mail.envelope import InboundMail
from workflows.mail.header_block import read_original
from workflows.mail.plan import MailRules, copy_for, plan_for
from workflows.mail.senders import original_sender
from workflows.mail.verdicts import Verdicts
from workflows.operate.problems import MailHeld, WrongUsage
from workflows.vending.owners import owner_problem

PASSED = Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS")
_FORWARDER = "forwarder"


def rewritten(
    raw: bytes,
    *,
    address: str,
    owner: str,
    mail_from: str | None,
    forward_from: str | None,
    verdicts: Verdicts,
) -> Outgoing:
    """The mail that the owner of an address would get.

    Args:
        raw: the mail as it arrives.
        address: the vended address it is for.
        owner: whose address that is.
        mail_from: envelope sender; None takes the address in From.
        forward_from: our From address; None takes that of cdk.json where it has the same domain, else
            `forwarder@` the domain of the address.
        verdicts: those of SES.

    Raises:
        WrongUsage: an address is none.
        MailHeld: the owner would not get it.
    """
    for option, value in (("--for", address), ("--owner", owner)):
        if problem := owner_problem(value, receiving_domain="", owner_domains=()):
            raise WrongUsage(f"{option} {value!r} {problem}.")
    original = read_original(raw)
    if mail_from is None:
        mail_from = original_sender(original, "").address
    mail = InboundMail(
        message_id="rewrite", recipients=(address,), source=mail_from, bucket="", key="", verdicts=verdicts
    )
    ours = forward_from or _forwarder(address.lower().rpartition("@")[2])
    rules = MailRules(forward_from=ours, administrator=owner)
    account = {"ownerEmails": [owner]}
    plan = plan_for(mail, original, lambda one: account if one == address.lower() else None, rules)
    if plan.held:
        raise MailHeld(f"The owner would not get it: it would be held, because {plan.held[0].explanation}.")
    return compose(original, copy_for(plan.deliveries[0], mail, plan, rules))


def read_verdicts(given: list[str], default: Verdicts) -> Verdicts:
    """Verdicts as an operator writes them, such as `spam=FAIL`.

    Raises:
        WrongUsage: one is not of that form.
    """
    return replace(default, **verdicts_of(given))


def verdicts_of(given: list[str]) -> dict[str, str]:
    """The verdicts that were given, by name; raises WrongUsage like `read_verdicts`."""
    known = ("spam", "virus", "spf", "dkim", "dmarc")
    verdicts = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not value or name.lower() not in known:
            raise WrongUsage(f"--verdict {one} is not NAME=VALUE with a name of {', '.join(known)}.")
        verdicts[name.lower()] = value.upper()
    return verdicts


def _forwarder(domain: str) -> str:
    """The configured From address if this is a configured copy of the repository, else the usual one."""
    try:
        vending = json.loads(Path("cdk.json").read_text("utf-8"))["context"]["vending"]
        configured = str(vending["forwardFrom"])
    except (OSError, ValueError, KeyError, TypeError):
        configured = ""
    return configured if configured.endswith(f"@{domain}") else f"{_FORWARDER}@{domain}"
