"""The mails that we write ourselves: to an owner whose mail did not come, and to the administrator."""

from __future__ import annotations

from workflows.mail.attachment import facts_about, subject_of, text_part
from workflows.mail.header_block import Original
from workflows.mail.readable import printable
from workflows.mail.rewrite import Copy, added_fields, text_field

_END = b"\r\n"
_NAME = "AWS account mail"


def not_forwarded_notice(original: Original, copy: Copy, reason: str) -> bytes:
    """To the owner, in place of a mail that SES sends neither as it is nor as an attachment.

    Carries the original's sender in From, Reply-To and the X-Vended headers, like the mail it stands for.

    Args:
        original: the mail as it arrived.
        copy: whom this copy is for.
        reason: completes "because ...".
    """
    subject = f"Mail not forwarded: {subject_of(original) or '(no subject)'}"
    text = (
        f"A mail to {', '.join(copy.addresses)} could not be forwarded, because {reason}.\n"
        "It is kept. A reply to this notice goes to its sender.\n"
        "\n" + facts_about(original, copy) + _what_to_run(copy)
    )
    head = added_fields(original, copy, _END) + text_field("To", ", ".join(copy.addresses), _END)
    return head + text_field("Subject", subject, _END) + b"MIME-Version: 1.0\r\n" + text_part(text)


def virus_notice(original: Original, copy: Copy, to: str) -> bytes:
    """To the owner: a mail with a virus is held. Shows nothing of its body, and a reply is not to its sender.

    Args:
        original: the mail as it arrived.
        copy: whom it was for.
        to: the owner.
    """
    address = ", ".join(copy.addresses)
    text = (
        f"A mail to {address} is held, because Amazon SES found a virus in it.\n"
        "It is kept and will not be forwarded. If you did not expect it, there is nothing to do.\n"
        "\n" + facts_about(original, copy) + _what_to_run(copy)
    )
    return own_notice(f"Mail with a virus held for {address}", text, to=to, forward_from=copy.forward_from)


def held_notice(original: Original, copy: Copy, reason: str, to: str) -> bytes:
    """To the administrator: a mail is held.

    Args:
        original: the mail as it arrived.
        copy: whom it was for.
        reason: completes "because ...".
        to: the administrator.
    """
    address = ", ".join(copy.addresses)
    text = (
        f"A mail to {address} is held, because {reason}.\n"
        "\n" + facts_about(original, copy) + _what_to_run(copy)
    )
    subject = f"Mail held for {address}: {subject_of(original)}"
    return own_notice(subject, text, to=to, forward_from=copy.forward_from)


def unreachable_notice(address: str, owner: str, what_happened: str, *, to: str, forward_from: str) -> bytes:
    """To the administrator: an owner's mailbox refuses our mail.

    Args:
        address: the vended address.
        owner: the owner's address that bounced or complained.
        what_happened: completes "OWNER ...", such as "answered with a hard bounce: 550 no such user".
        to: the administrator.
        forward_from: our From address.
    """
    text = (
        f"The owner of {address} does not get its mail: {owner} {printable(what_happened, 500)}.\n"
        "Until that owner answers again or is changed, mail to this address also goes to you.\n"
        "\n"
        "Give the account a new owner:\n"
        f"    vend transfer {address}\n"
    )
    return own_notice(f"Owner unreachable: {address}", text, to=to, forward_from=forward_from)


def unverified_notice(address: str, owner: str, *, to: str, forward_from: str) -> bytes:
    """To the administrator, who gets the mail meanwhile: in the SES sandbox an owner was asked to verify.

    Args:
        address: the vended address.
        owner: the owner's address that is not verified.
        to: the administrator.
        forward_from: our From address.
    """
    text = (
        f"The owner of {address} cannot get its mail yet:\n"
        f"Amazon SES is in its sandbox, where {owner} must be verified first.\n"
        "A verification request was sent there; until it is answered, the mail comes to you.\n"
        "\n"
        "Ask AWS for production access of Amazon SES, and no owner needs to be verified.\n"
    )
    return own_notice(f"Owner not verified: {address}", text, to=to, forward_from=forward_from)


def own_notice(subject: str, text: str, *, to: str, forward_from: str) -> bytes:
    """A complete plain-text mail of ours; subject and text may hold anything, no value starts a header.

    It carries the loop marker, and says that a machine wrote it, so that no machine answers.
    """
    fields = [
        f"From: {_NAME} <{forward_from}>\r\n".encode("ascii"),
        text_field("To", to, _END),
        text_field("Subject", subject, _END),
        text_field("X-Vended-Loop", forward_from, _END),
        b"Auto-Submitted: auto-generated\r\n",
        b"MIME-Version: 1.0\r\n",
    ]
    return b"".join(fields) + text_part(text)


def _what_to_run(copy: Copy) -> str:
    if not copy.stored_as:
        return ""
    return f"\nAn operator delivers it again with\n    vend mail replay {copy.stored_as}\n"
