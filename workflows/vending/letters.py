"""Letters to owners, from templates a user can replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    select_autoescape,
)

from workflows.vending.settings import Settings

_TEMPLATES = Path(__file__).parent / "templates"
_SENDER_NAME = "AWS account vending"


def letter(
    name: str, facts: Mapping[str, Any], settings: Settings, *, to: Sequence[str], address: str
) -> bytes:
    """Write a letter as a complete message: text, and HTML where there is a template for it.

    The templates `NAME.subject.j2`, `NAME.txt.j2` and `NAME.html.j2` in the folder `template_folder` take the
    place of ours, each on its own.

    Args:
        name: of the templates.
        facts: what the templates may name.
        settings: sender, whom to ask and the folder.
        to: the recipients.
        address: the vended address it is about.
    """
    templates = _templates(settings.template_folder)
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    mail["From"] = Address(_SENDER_NAME, addr_spec=settings.forward_from)
    mail["To"] = [Address(addr_spec=email) for email in to]
    mail["Reply-To"] = Address(addr_spec=settings.administrator)
    mail["Subject"] = " ".join(templates.get_template(f"{name}.subject.j2").render(facts).split())
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Vended-Address"] = address
    mail.set_content(templates.get_template(f"{name}.txt.j2").render(facts))
    try:
        html = templates.get_template(f"{name}.html.j2")
    except TemplateNotFound:
        return mail.as_bytes()
    mail.add_alternative(html.render(facts), subtype="html")
    return mail.as_bytes()


def account_facts(item: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """What letters about an account may name.

    Args:
        item: the registry's item of its address.
        settings: domain, sign-in URL and whom to ask.
    """
    return {
        "account_id": item.get("accountId", ""),
        "account_name": item["accountName"],
        "address": item["address"],
        "owner_emails": item["ownerEmails"],
        "owner_name": item.get("ownerName", ""),
        "organizational_unit": item.get("organizationalUnit", ""),
        "adopted": bool(item.get("adopted")),
        "needs_owner": bool(item.get("needsOwner")),
        "external": bool(item.get("external")),
        "request_id": item.get("requestId", ""),
        "ticket": item.get("ticket", ""),
        "domain": settings.domain,
        "sign_in_url": settings.sign_in_url,
        "contact": settings.administrator,
    }


def _templates(folder: str) -> Environment:
    own = [FileSystemLoader(folder)] if folder else []
    return Environment(
        loader=ChoiceLoader([*own, FileSystemLoader(_TEMPLATES)]),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
