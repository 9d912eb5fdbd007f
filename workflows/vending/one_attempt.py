"""How the clients are configured whose calls have no client token."""

from __future__ import annotations

from botocore.config import Config

ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
"""boto3 itself must never repeat such a call."""
