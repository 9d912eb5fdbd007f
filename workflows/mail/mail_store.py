"""The bucket of inbound mails: reads them as SES stored them, keeps each one's notification beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from workflows.vending.errors import MEND_DRIFT, PassingError, VendingError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What the S3 encryption clients leave in an object's metadata (SES uses one when a rule names a KMS key).
_ENCRYPTED_BY_CLIENT = frozenset({"x-amz-key", "x-amz-key-v2", "x-amz-cek-alg"})
_PASSING = frozenset({"SlowDown", "RequestTimeout", "ConditionalRequestConflict", "KMS.ThrottlingException"})
_SERVER_ERROR = 500


class MailMissing(VendingError):
    """A notification tells of a mail that the bucket does not have."""

    meaning = "The mail bucket has no object under the key that the notification names."
    remedy = "Look whether it was deleted, or its version hidden; restore it and run `vend mail redrive`."


class MailStoreBusy(PassingError):
    """S3 throttled or did not answer; the queue brings the mail again."""

    meaning = "S3 throttled, or did not answer."


class MailStoreRefused(VendingError):
    """S3 refused a call for good."""

    meaning = "S3 refused a call: a missing permission, or a key that cannot be used."
    remedy = f"Grant what the message names, or {MEND_DRIFT}; then run `vend mail redrive`."


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail as the bucket has it."""

    raw: bytes
    encrypted: bool = False
    """A client encrypted it before it was stored, and only that client's key opens it; `raw` is empty."""


class MailStore:
    """Reads mails, and keeps their notifications under `KEY.json`.

    Every method raises `MailStoreBusy` for what passes by itself, `MailMissing` for what is not there and
    `MailStoreRefused` for everything else.
    """

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def keep_notification(self, bucket: str, key: str, text: str) -> None:
        """Keep SES's notification beside its mail; one that is kept already stays as it is."""
        try:
            self._client.put_object(
                Bucket=bucket,
                Key=notification_key(key),
                Body=text.encode("utf-8", "replace"),
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise _named(error, bucket, key) from error
        except BotoCoreError as error:
            raise MailStoreBusy(f"S3 did not answer: {error}.") from error

    def notification(self, bucket: str, key: str) -> str:
        """The notification that is kept beside a mail."""
        return self._get(bucket, notification_key(key)).raw.decode("utf-8", "replace")

    def read(self, bucket: str, key: str) -> StoredMail:
        """A mail, byte for byte."""
        return self._get(bucket, key)

    def _get(self, bucket: str, key: str) -> StoredMail:
        try:
            answer = self._client.get_object(Bucket=bucket, Key=key)
            with answer["Body"] as body:
                if _ENCRYPTED_BY_CLIENT & {name.lower() for name in answer["Metadata"]}:
                    return StoredMail(b"", encrypted=True)
                return StoredMail(body.read())
        except ClientError as error:
            raise _named(error, bucket, key) from error
        except BotoCoreError as error:
            raise MailStoreBusy(f"S3 did not give the whole of {key}: {error}.") from error


def notification_key(key: str) -> str:
    """Where the notification of a mail is kept."""
    return f"{key}.json"


def _named(error: ClientError, bucket: str, key: str) -> VendingError:
    code = error.response["Error"]["Code"]
    if code in ("NoSuchKey", "404", "NoSuchVersion"):
        return MailMissing(f"The bucket {bucket} has no object {key}.")
    said = f"S3 answered {code} for {key}: {error.response['Error'].get('Message', '')}"
    if code in _PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
        return MailStoreBusy(said)
    return MailStoreRefused(f"{said}.")
