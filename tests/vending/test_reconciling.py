"""The daily comparison adopts, marks and reports what no event told, once."""

from __future__ import annotations

import json
import uuid
from collections import Counter

import pytest
from aws_for_tests import local_aws_with
from botocore.config import Config

from workflows.vending.registry import Registry, account_key, address_key
from workflows.vending.table import Put

LARGE = {"accounts": 1500, "unknown": 300, "closed": 20, "moved": 5}
SMALL = {"accounts": 60, "unknown": 12, "closed": 3, "moved": 2}
