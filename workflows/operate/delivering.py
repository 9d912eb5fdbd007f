"""`vend local deliver`: a mail that arrives on the local AWS."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from workflows.mail.header_block import read_original
from workflows.mail.senders import original_sender
from workflows.operate.local_control import ask


def deliver(
    raw: bytes, *, to: Sequence[str], mail_from: str | None, verdicts: Mapping[str, str]
) -> dict[str, str]:
    """Let the local SES receive a mail.

    Args:
        raw: the mail.
        to: envelope recipients.
        mail_from: envelope sender; None takes the address in From.
        verdicts: those of SES that are not PASS.

    Returns:
        `messageId`, `bucket` and `key` of the stored mail.

    Raises:
        LocalAwsRefused: no receipt rule takes it.
        NoLocalAws, AwsUnreachable: there is no local AWS.
    """
    if mail_from is None:
        mail_from = original_sender(read_original(raw), "").address
    stored: dict[str, str] = ask(
        "POST",
        "ses/receive",
        {
            "raw": base64.b64encode(raw).decode("ascii"),
            "recipients": list(to),
            "mailFrom": mail_from,
            "verdicts": dict(verdicts),
        },
    )
    return stored
