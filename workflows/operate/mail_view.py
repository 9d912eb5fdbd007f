"""A mail as a person reads it: who, to whom, about what, and the text part in a frame."""

from __future__ import annotations

from email.message import EmailMessage

from rich.console import Group
from rich.constrain import Constrain
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from workflows.operate.tables import facts

_WIDTH = 86
_HEADERS = ("From", "To", "Reply-To", "Subject", "X-Vended-Address")


def mail_panel(mail: EmailMessage) -> Constrain:
    """The mail's main headers and its text part."""
    headers = facts([(name, str(mail[name] or "")) for name in _HEADERS])
    body = Group(headers, Rule(style="dim"), Text(text_of(mail).strip()))
    return Constrain(Panel(body, border_style="green", padding=(0, 1)), _WIDTH)


def text_of(mail: EmailMessage) -> str:
    """The text part of a mail, or a word about its absence."""
    part = mail.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part else "(The mail has no text part.)"
