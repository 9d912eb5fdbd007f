"""Measures the rewrite of a mail against the standard library's parse-and-print and a plain copy of it.

All three run in one process, so that the ratios hold on any machine; the budgets are those of the design.
"""

from __future__ import annotations

import email
import gc
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.report import Report
from workflows.mail.compose import Kind, compose
from workflows.mail.header_block import read_original
from workflows.mail.rewrite import Copy

MIB = 1024 * 1024
SIZES = {"1 KB": 1024, "1 MB": MIB, "10 MB": 10 * MIB, "30 MB": 30 * MIB}

FASTER_THAN_LIBRARY = 40
"""At 30 MiB, the least ratio of the standard library's time to ours."""
SLOWER_THAN_COPY = 2
"""At 30 MiB, the greatest ratio of our time to that of a plain copy."""
MEMORY_BEYOND_COPY = 10 * MIB
"""Greatest peak memory of a rewrite beyond the raw mail and one copy of it, bytes."""

_COPY = Copy(addresses=("payments-prod@aws.example.com",), forward_from="forwarder@aws.example.com")
_HEAD = (
    b"Return-Path: <bounces@amazon.com>\r\n"
    b"Received: from a.example.org by b.example.org;\r\n Tue, 1 Apr 2025\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=amazon.com;\r\n\tb=c2lnbmF0dXJl\r\n"
    b"From: AWS <no-reply@amazon.com>\r\n"
    b"To: payments-prod@aws.example.com\r\nSubject: =?utf-8?q?Rechnung_f=C3=BCr_April?=\r\n"
    b"Message-ID: <1@amazon.com>\r\nDate: Tue, 1 Apr 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: application/pdf\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)
_LINE = b"JVBERi0xLjcKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0ZURl\r\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One size of mail: seconds and bytes of the rewrite, and how the others compare."""

    size: str
    mail_bytes: int
    seconds: float
    library_seconds: float
    copy_seconds: float
    peak_bytes: int
    """Peak memory of the rewrite, the raw mail included."""
    library_peak_bytes: int

    @property
    def faster_than_library(self) -> float:
        """The standard library's time as a multiple of ours."""
        return self.library_seconds / self.seconds

    @property
    def slower_than_copy(self) -> float:
        """Our time as a multiple of a plain copy's."""
        return self.seconds / self.copy_seconds

    @property
    def beyond_copy_bytes(self) -> int:
        """Peak memory of the rewrite beyond the raw mail and one copy of it."""
        return self.peak_bytes - 2 * self.mail_bytes


def a_mail_of(size: int) -> bytes:
    """A mail with a base64 attachment, of about that many bytes."""
    return _HEAD + _LINE * max((size - len(_HEAD)) // len(_LINE), 1) + b"--b--\r\n"


def rewrite(raw: bytes) -> bytes:
    """The mail as an owner gets it."""
    out = compose(read_original(raw), _COPY)
    if out.kind is not Kind.FORWARD:
        raise AssertionError(f"the benchmark's mail was not forwarded: {out.reason}")
    return out.raw


def parse_and_print(raw: bytes) -> bytes:
    """The mail as the standard library reads and writes it."""
    return email.message_from_bytes(raw).as_bytes()


def plain_copy(raw: bytes) -> bytes:
    """The bytes of the mail, copied once."""
    return bytes(memoryview(raw))


def measure(size: str) -> Row:
    """Measure one size: the fastest of several runs of each, then peak memory in runs of their own."""
    raw = a_mail_of(SIZES[size])
    runs = 200 if len(raw) < MIB else 11
    copy_seconds, seconds = _fastest_in_turn((plain_copy, rewrite), raw, runs)
    (library_seconds,) = _fastest_in_turn((parse_and_print,), raw, 200 if len(raw) < MIB else 2)
    return Row(
        size=size,
        mail_bytes=len(raw),
        seconds=seconds,
        library_seconds=library_seconds,
        copy_seconds=copy_seconds,
        peak_bytes=len(raw) + _peak(rewrite, raw),
        library_peak_bytes=len(raw) + _peak(parse_and_print, raw),
    )


def run() -> list[Row]:
    """Measure every size."""
    return [measure(size) for size in SIZES]


def report() -> Report:
    """Measure, and lay out what was found."""
    rows = run()
    columns = (
        "mail", "time", "library / ours", "ours / copy", "peak", "beyond raw + copy", "library's peak",
    )  # fmt: skip
    shown = [
        (
            row.size,
            f"{row.seconds * 1000:.2f} ms",
            f"{row.faster_than_library:.0f}x",
            f"{row.slower_than_copy:.1f}x",
            f"{row.peak_bytes / MIB:.1f} MiB",
            f"{row.beyond_copy_bytes / MIB:.2f} MiB",
            f"{row.library_peak_bytes / MIB:.1f} MiB",
        )
        for row in rows
    ]
    about = (
        "A mail with a base64 attachment, rewritten for its owner; against the standard library's "
        "message_from_bytes(...).as_bytes(), and against one plain copy of the bytes, in one process."
    )
    return Report("Rewriting a mail", about, columns, shown, missed_budgets(rows))


def missed_budgets(rows: list[Row]) -> list[str]:
    """What the rows show to be over budget, a sentence each."""
    missed = [
        f"{row.size}: {row.beyond_copy_bytes:,} bytes beyond the raw mail and one copy"
        for row in rows
        if row.beyond_copy_bytes > MEMORY_BEYOND_COPY
    ]
    largest = rows[-1]
    if largest.faster_than_library < FASTER_THAN_LIBRARY:
        missed.append(f"{largest.size}: only {largest.faster_than_library:.0f}x faster than parse-and-print")
    if largest.slower_than_copy > SLOWER_THAN_COPY:
        missed.append(f"{largest.size}: {largest.slower_than_copy:.1f}x the time of a plain copy")
    return missed


def _fastest_in_turn(calls: tuple[Callable[[bytes], bytes], ...], raw: bytes, runs: int) -> list[float]:
    """Seconds of the fastest run of each; in turn, so that a busy moment of the machine meets them all."""
    fastest = [float("inf")] * len(calls)
    for _ in range(runs):
        for number, call in enumerate(calls):
            started = time.perf_counter()
            call(raw)
            fastest[number] = min(fastest[number], time.perf_counter() - started)
    return fastest


def _peak(call: Callable[[bytes], bytes], raw: bytes) -> int:
    call(raw)  # what is made once (compiled expressions, codecs) is no cost of a mail
    gc.collect()
    tracemalloc.start()
    try:
        call(raw)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
