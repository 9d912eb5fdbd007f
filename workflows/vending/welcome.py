"""The welcome mail: what a new owner needs to know, from templates a user can replace."""

from __future__ import annotations

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

from workflows.vending.settings import Settings

_TEMPLATES = Path(__file__).parent / "templates"
_SENDER_NAME = "AWS account vending"


def welcome_mail(item: Mapping[str, Any], settings: Settings) -> bytes:
    """Write the welcome mail of a registered account as a complete message, text and HTML.

    The templates `welcome.subject.j2`, `welcome.txt.j2` and `welcome.html.j2` in the folder `template_folder`
    take the place of ours, each on its own.

    Args:
        item: the registry's item of the address, ACTIVE.
        settings: domain, sender, sign-in URL and whom to ask.
    """
    facts = {
        "account_id": item["accountId"],
        "account_name": item["accountName"],
        "address": item["address"],
        "owner_emails": item["ownerEmails"],
        "owner_name": item.get("ownerName", ""),
        "organizational_unit": item.get("organizationalUnit", ""),
        "external": bool(item.get("external")),
        "request_id": item.get("requestId", ""),
        "ticket": item.get("ticket", ""),
        "domain": settings.domain,
        "sign_in_url": settings.sign_in_url,
        "contact": settings.administrator,
    }
    templates = _templates(settings.template_folder)
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"] = Address(_SENDER_NAME, addr_spec=settings.forward_from)
    mail["To"] = [Address(addr_spec=email) for email in item["ownerEmails"]]
    mail["Reply-To"] = Address(addr_spec=settings.administrator)
    mail["Subject"] = " ".join(templates.get_template("welcome.subject.j2").render(facts).split())
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Vended-Address"] = item["address"]
    mail.set_content(templates.get_template("welcome.txt.j2").render(facts))
    mail.add_alternative(templates.get_template("welcome.html.j2").render(facts), subtype="html")
    return mail.as_bytes()


def _templates(folder: str) -> Environment:
    own = [FileSystemLoader(folder)] if folder else []
    return Environment(
        loader=ChoiceLoader([*own, FileSystemLoader(_TEMPLATES)]),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
