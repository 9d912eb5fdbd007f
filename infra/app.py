"""The CDK app: `python -m infra.app` synthesizes it, under the CDK's command line or on its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.bundle import LAMBDA, BundleFailed, bundle
from infra.configuration import ROOT
from infra.configuration_mistakes import ConfigurationMistakes
from infra.stages import Deployment, read_deployments

if TYPE_CHECKING:
    from aws_cdk import App
DEFINITION = ROOT / "state_machines" / "vend_account.asl.json"


def main() -> int:
    """Synthesize; what is wrong is said in one sentence each, and the exit code is then 1."""
    folder = os.environ.get("VENDING_ASSEMBLY") or os.environ.get("CDK_OUTDIR") or "cdk.out"
    try:
        context = read_context(ROOT / "cdk.json")
        synthesize(
            read_deployments(context),
            context,
            folder=Path(folder),
            libraries=os.environ.get("VENDING_LOCAL") != "1",
        )
    except ConfigurationMistakes as error:
        sys.stderr.write("".join(f"{mistake}\n" for mistake in error.mistakes))
        return 1
    except BundleFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def synthesize(
    deployments: Sequence[Deployment], context: Mapping[str, Any], *, folder: Path, libraries: bool
) -> None:
    """Write the cloud assembly.

    Args:
        deployments: what is deployed.
        context: the context of cdk.json, feature flags included.
        folder: where to.
        libraries: False leaves out the libraries, which the local AWS has; the template is the same.

    Raises:
        BundleFailed: the functions' libraries could not be installed.
    """
    app = checked_app(context, folder)
    for deployment in deployments:
        _add(app, deployment, libraries=libraries)
    app.synth()


def checked_app(context: Mapping[str, Any], folder: Path) -> App:
    """An app whose synthesis fails where something breaks a rule of cdk-nag without a written reason."""
    # Imported late: it takes seconds, and a mistake in cdk.json should be told at once.
    from aws_cdk import App, Validations
    from cdk_nag import AwsSolutionsChecks

    app = App(analytics_reporting=False, context=dict(context), outdir=str(folder))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def _add(app: App, deployment: Deployment, *, libraries: bool) -> None:
    """Add the stack of a deployment, and the one in Control Tower's home region where that is another."""
    from aws_cdk import AssetHashType
    from aws_cdk import aws_lambda as lambda_

    from infra.home_region import HomeRegion
    from infra.stack import AccountVending

    configuration = deployment.configuration
    made = bundle(ROOT, platform=LAMBDA if libraries else None, template_folder=configuration.template_folder)
    stack = AccountVending(
        app,
        deployment.stack_name,
        configuration=configuration,
        metrics=deployment.metrics,
        code=lambda_.Code.from_asset(
            str(made.folder), asset_hash=made.digest, asset_hash_type=AssetHashType.CUSTOM
        ),
        definition=DEFINITION,
    )
    if configuration.forwards_from_home:
        home = HomeRegion(
            app,
            deployment.home_stack_name,
            home_region=configuration.home_region,
            mail_region=configuration.mail_region,
        )
        # Deployed last and deleted first: forwarded is only what somebody takes in.
        home.add_stack_dependency(stack)


def read_context(path: Path) -> dict[str, Any]:
    """The context that the CDK's command line hands over, else the one in cdk.json.

    Raises:
        ConfigurationMistakes: the file is missing, is not JSON or has no context.
    """
    text = os.environ.get("CDK_CONTEXT_JSON")
    if text is not None:
        return dict(json.loads(text))
    try:
        document = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigurationMistakes(["cdk.json is missing: take it from the repository"]) from None
    except ValueError as error:
        raise ConfigurationMistakes([f"cdk.json is not JSON: {error}"]) from None
    context = document.get("context") if isinstance(document, dict) else None
    if not isinstance(context, dict):
        raise ConfigurationMistakes(["cdk.json has no context: it must be an object with the key vending"])
    return context


if __name__ == "__main__":
    sys.exit(main())
