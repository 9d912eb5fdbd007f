"""Tells what a mail from AWS is about, by who provably sent it; a subject alone never makes a category."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from workflows.mail.header_block import Original
from workflows.mail.readable import readable, unfolded
from workflows.mail.verdicts import Verdicts

AWS_DOMAINS = ("amazon.com", "amazonaws.com", "signin.aws", "verify.signin.aws")
"""Domains AWS mails account owners from, subdomains included; seen in its articles, not an official list."""

CUSTOMER_MAIL_DOMAINS = ("sns.amazonaws.com", "marketplace.amazon.com")
"""Below AWS_DOMAINS, but a customer writes the mail: the owner of an SNS topic, a marketplace seller."""

_SUBJECT_LIMIT = 300

# One mailbox and nothing clever about it: what we read as the author must be what SES judged.
_ADDRESS = r"""[^\s"<>@,;:()\\]++@[\w.-]++"""
_PLAIN_FROM = re.compile(
    rf"""(?:"(?:[^"\\]|\\.)*+"|[^"<>@,;:\\]*+)\s*<({_ADDRESS})>|({_ADDRESS})""", re.ASCII
)
_SIGNING_DOMAIN = re.compile(r"(?:\A|;)\s*d\s*=\s*([\w.-]+)\s*(?=;|\Z)", re.ASCII)


class Category(StrEnum):
    """What a mail is about; also the keys of the configuration's `copies`."""

    PASSWORD_RESET = "password-reset"  # noqa: S105 - a category, no password
    SIGN_IN_VERIFICATION = "sign-in-verification"
    ABUSE = "abuse"
    CLOSURE = "closure"
    BILLING = "billing"
    OTHER = "other"


_ACCOUNT_ENDS = r"clos(?:e|ed|ing|ure)|suspen\w+|terminat\w+|deactivat\w+|reinstat\w+"
_SUBJECTS = {
    Category.PASSWORD_RESET: r"password (?:assistance|recovery)"
    r"|\bpassword\b.{0,40}\b(?:reset|set|changed|updated)\b"
    r"|\b(?:reset|recover|change)\w*\b.{0,40}\bpassword",
    Category.SIGN_IN_VERIFICATION: r"(?:verification|security|sign-?in) code"
    r"|one[- ]time (?:password|passcode|code)"
    r"|\b(?:verify|confirm)\b.{0,40}\b(?:identity|e-?mail|sign-?in|device)|\bsign-?in\b",
    Category.ABUSE: r"\babuse\b|\bcompromised\b"
    r"|\b(?:irregular|unusual|suspicious|unauthorized) (?:activity|usage)"
    r"|trust (?:and|&) safety|\bexposed\b.{0,40}\bkeys?\b",
    Category.CLOSURE: rf"\baccount\b.{{0,40}}\b(?:{_ACCOUNT_ENDS})\b"
    rf"|\b(?:{_ACCOUNT_ENDS})\b.{{0,40}}\baccount",
    Category.BILLING: r"\b(?:invoices?|bill|billing|payments?|charges?|overdue|past due|refund|tax)\b",
}
_BY_SUBJECT = {category: re.compile(pattern, re.IGNORECASE) for category, pattern in _SUBJECTS.items()}
_ABUSE_SENDER = re.compile(r"abuse|trust-?and-?safety")


class Author(NamedTuple):
    """The author of a mail, proven by DMARC or DKIM; lower case."""

    local_part: str
    domain: str


def authenticated_author(original: Original, verdicts: Verdicts) -> Author | None:
    """Who wrote the mail, if that is proven.

    Proven is the one mailbox of the one From header when DMARC passes, or when DKIM passes and every
    DKIM-Signature in the mail is of From's domain or a parent of it. SES only tells that *a* signature
    passed: beside a forged one of amazon.com a stranger's own would do, hence every. DMARC FAIL decides.
    """
    if original.oversized or original.has_bare_cr:
        return None  # more signatures and senders may follow, or be what SES judged
    froms = original.all(b"from")
    plain = _PLAIN_FROM.fullmatch(unfolded(froms[0].raw_value)) if len(froms) == 1 else None
    if plain is None or verdicts.dmarc == "FAIL":
        return None
    local_part, _, domain = (plain[1] or plain[2]).lower().partition("@")
    author = Author(local_part, domain)
    if verdicts.dmarc == "PASS" or (verdicts.dkim == "PASS" and _all_signed_by(original, author.domain)):
        return author
    return None


def is_from_aws(author: Author | None, aws_domains: Iterable[str] = AWS_DOMAINS) -> bool:
    """Whether the proven author is AWS itself."""
    if author is None or _is_within(author.domain, CUSTOMER_MAIL_DOMAINS):
        return False
    return _is_within(author.domain, aws_domains)


def category_of(
    original: Original, author: Author | None, aws_domains: Iterable[str] = AWS_DOMAINS
) -> Category:
    """What the mail is about; OTHER for everything that AWS did not provably send."""
    if author is None or not is_from_aws(author, aws_domains):
        return Category.OTHER
    if _ABUSE_SENDER.search(author.local_part):
        return Category.ABUSE
    header = original.first(b"subject")
    subject = readable(header.raw_value, _SUBJECT_LIMIT) if header else ""
    for category, pattern in _BY_SUBJECT.items():
        if pattern.search(subject):
            return category
    signs_in = _is_within(author.domain, ("signin.aws",))
    return Category.SIGN_IN_VERIFICATION if signs_in else Category.OTHER


def _all_signed_by(original: Original, domain: str) -> bool:
    signatures = original.all(b"dkim-signature")
    signers = [_SIGNING_DOMAIN.findall(unfolded(signature.raw_value)) for signature in signatures]
    return bool(signers) and all(len(named) == 1 and _is_within(domain, named) for named in signers)


def _is_within(domain: str, parents: Iterable[str]) -> bool:
    return any(domain == parent.lower() or domain.endswith("." + parent.lower()) for parent in parents)
