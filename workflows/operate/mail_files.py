"""Mails that come from files and standard input, and go to standard output, byte for byte."""

from __future__ import annotations

import sys
from pathlib import Path

from workflows.operate.problems import MailUnreadable


def read_mail(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`.

    Raises:
        MailUnreadable: there is none.
    """
    if name == "-":
        return read_standard_input()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise MailUnreadable(f"{name}: cannot be read: {error.strerror}.") from error


def read_standard_input() -> bytes:
    """Everything on standard input.

    Raises:
        MailUnreadable: nobody gives anything there.
    """
    if sys.stdin.isatty():
        raise MailUnreadable("Give the mail on standard input: vend mail rewrite ... < mail.eml")
    return sys.stdin.buffer.read()


def write_standard_output(raw: bytes) -> None:
    """Write bytes as they are."""
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()
