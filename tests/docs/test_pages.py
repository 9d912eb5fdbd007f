"""The pages say what is so: pictures are up to date, settings are described, links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from infra.configuration import ROOT, Configuration

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("writer", ["diagram.py", "error_tables.py"])
def test_what_is_written_from_the_code_is_up_to_date(writer):
    finished = subprocess.run(
        [sys.executable, ROOT / "docs" / writer, "--check"], capture_output=True, text=True, check=False
    )
    assert finished.stdout == ""
    assert finished.returncode == 0


def test_every_setting_is_described_with_its_default():
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \|",
        (ROOT / "docs" / "configuration.md").read_text("utf-8"),
        flags=re.MULTILINE,
    )
    described = dict(rows)
    assert set(described) == {field.alias for field in Configuration.model_fields.values()}
    for field in Configuration.model_fields.values():
        default = field.get_default(call_default_factory=True)
        if field.is_required():
            expected = "(needed)"
        elif default == "":
            expected = "(none)"
        else:
            expected = f"`{default if isinstance(default, str) else json.dumps(default)}`"
        assert described[field.alias] == expected


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_between_pages_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target
