"""The mails that we write ourselves: to an owner whose mail did not come, and to the administrator."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.mail.attachment import facts_about, subject_of, text_part
from workflows.mail.envelope import InboundMail
from workflows.mail.header_block import Original
from workflows.mail.readable import printable
from workflows.mail.rewrite import Copy, plain_sender_fields, text_field, to_field, vended_fields

_END = b"\r\n"
_NAME = "AWS account mail"
_MOST_NAMED = 10  # addresses in one notice
_SHOWN = 300  # characters of a text from a stranger


def not_forwarded_notice(original: Original, copy: Copy, reason: str) -> bytes:
    """To the owner, in place of a mail that SES sends neither as it is nor as an attachment.

    It is the last resort: nothing of the sender's is in it that SES may have refused.

    Args:
        original: the mail as it arrived.
        copy: whom this copy is for.
        reason: completes "because ...".
    """
    subject = f"Mail not forwarded: {subject_of(original) or '(no subject)'}"
    sender = plain_sender_fields(original, copy, _NAME, _END)
    reply = " A reply to this notice goes to its sender." if b"\r\nReply-To:" in sender else ""
    text = (
        f"A mail to {', '.join(copy.addresses)} could not be forwarded, because {reason}.\n"
        f"It is kept.{reply}\n"
        "\n" + facts_about(original, copy)
    )
    if copy.stored_as:
        text += f"\nAn operator gets it with\n    aws s3 cp {copy.stored_as} mail.eml\n"
    head = sender + vended_fields(original, copy, _END, verbatim=False) + to_field(copy.addresses, _END)
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
        "It will not be forwarded. If you did not expect it, there is nothing to do.\n"
        "\n" + facts_about(original, copy)
    )
    if copy.stored_as:
        text += f"\nIt is kept as {copy.stored_as}, where an operator can examine it.\n"
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


def encrypted_notice(mail: InboundMail, addresses: Sequence[str], *, to: str, forward_from: str) -> bytes:
    """To the administrator: a mail was encrypted before it was stored, and nobody here can read it.

    Args:
        mail: what SES's notification says about it.
        addresses: whom it was for.
        to: the administrator.
        forward_from: our From address.
    """
    address = ", ".join(addresses)
    text = (
        f"A mail to {address} is held, because it was encrypted before it was stored.\n"
        "\n"
        f"Sent by:  {printable(mail.from_header, _SHOWN) or '(unknown)'}\n"
        f"Subject:  {printable(mail.subject, _SHOWN) or '(none)'}\n"
        f"Kept as:  s3://{mail.bucket}/{mail.key}\n"
        "\n"
        "Amazon SES does that when the S3 action of its receipt rule names a KMS key. Take the key out of\n"
        "the rule (`make deploy` does): the bucket encrypts what it stores by itself.\n"
        "This mail is opened with the Amazon S3 Encryption Client and that key. Stored decrypted under the\n"
        "same object key, it is delivered by\n"
        f"    vend mail replay {mail.key}\n"
    )
    return own_notice(f"Encrypted mail held for {address}", text, to=to, forward_from=forward_from)


def many_held_notice(reason: str, *, to: str, forward_from: str) -> bytes:
    """To whoever is told of held mails: there are too many to be told one by one.

    Args:
        reason: why they are held: `spam`, `loop`, ...
        to: who is told.
        forward_from: our From address.
    """
    text = (
        f"Very many mails are being held within this hour ({reason}); you are told of no more of them.\n"
        "They are all kept. An operator lists them with\n"
        "    vend mail held\n"
    )
    return own_notice(f"Very many mails held ({reason})", text, to=to, forward_from=forward_from)


def unreachable_notice(
    addresses: Sequence[str], owner: str, what_happened: str, *, to: str, forward_from: str
) -> bytes:
    """To the administrator: an owner's mailbox refuses our mail.

    Args:
        addresses: the vended addresses of this owner.
        owner: the owner's address that bounced or complained.
        what_happened: completes "OWNER ...", such as "answered with a hard bounce: 550 no such user".
        to: the administrator.
        forward_from: our From address.
    """
    named, more = addresses[:_MOST_NAMED], len(addresses) - _MOST_NAMED
    others = f" and {more} more" if more > 0 else ""
    text = (
        f"The owner of {', '.join(named)}{others} does not get its mail:\n"
        f"{owner} {printable(what_happened, 500)}.\n"
        "Until that owner gets mail again or is changed, what AWS writes there also goes to you.\n"
        "\n"
        "If the mailbox works again, let Amazon SES try it again:\n"
        f"    aws sesv2 delete-suppressed-destination --email-address {owner}\n"
        f"Otherwise give {'the account' if len(addresses) == 1 else 'each account'} a new owner:\n"
        + "".join(f"    vend transfer {address} --to OWNER --reason TEXT\n" for address in named)
    )
    if others:
        text += f"All of them are listed by\n    vend list --owner {owner}\n"
    subject = f"Owner unreachable: {', '.join(named)}{others}"
    return own_notice(subject, text, to=to, forward_from=forward_from)


def mailbox_notice(mailbox: str, what_happened: str, *, to: str, forward_from: str) -> bytes:
    """To the administrator: a mailbox that gets copies, but owns no account, refuses our mail.

    Args:
        mailbox: its address.
        what_happened: completes "MAILBOX ...".
        to: the administrator.
        forward_from: our From address.
    """
    text = (
        f"{mailbox} {printable(what_happened, 500)}.\n"
        "It owns no account; if it is named in the configuration (copies), take it out or mend it.\n"
    )
    return own_notice(f"Mailbox unreachable: {mailbox}", text, to=to, forward_from=forward_from)


def not_through_notice(
    addresses: Sequence[str], mailbox: str, what_happened: str, stored_as: str, *, to: str, forward_from: str
) -> bytes:
    """To the administrator: SES accepted a copy of a mail and could not deliver it, or threw it away.

    Args:
        addresses: the vended addresses it was about; may be empty.
        mailbox: who did not get it.
        what_happened: completes "MAILBOX ...".
        stored_as: `s3://BUCKET/KEY` of the mail; empty for one of our own.
        to: the administrator.
        forward_from: our From address.
    """
    address = ", ".join(addresses) or "an account"
    text = f"A mail to {address} did not get through: {mailbox} {printable(what_happened, 500)}.\n"
    if addresses:
        text += "What arrived is kept. What became of it for others say\n"
        text += "".join(f"    vend mail list {one}\n" for one in addresses)
    if stored_as:
        text += "Where nobody got it, it is held. Once the cause is mended, an operator sends it again with\n"
        text += f"    vend mail replay {stored_as}\n"
    return own_notice(f"Mail did not get through: {address}", text, to=to, forward_from=forward_from)


def many_not_through_notice(mailbox: str, what_happened: str, *, to: str, forward_from: str) -> bytes:
    """To the administrator: too many mails do not get through to a mailbox to be told of one by one.

    Args:
        mailbox: whose mailbox it is.
        what_happened: completes "MAILBOX ...".
        to: the administrator.
        forward_from: our From address.
    """
    text = (
        f"Very many mails do not get through to {mailbox} within this hour; the last: it "
        f"{printable(what_happened, 500)}.\n"
        "You are told of no more of them. Those that nobody else got are held. An operator lists them with\n"
        "    vend mail held\n"
    )
    subject = f"Very many mails do not get through: {mailbox}"
    return own_notice(subject, text, to=to, forward_from=forward_from)


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
