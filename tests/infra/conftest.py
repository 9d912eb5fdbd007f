"""The template, synthesized once for all tests of this room."""

from __future__ import annotations

import copy
import json

import pytest

from infra.app import read_context, synthesize
from infra.configuration import ROOT
from infra.stages import STACK, read_deployments


class Template:
    """The synthesized template, asked by what things are, not by their hashed logical ids."""

    def __init__(self, document):
        self.document = document
        self.resources = document["Resources"]
        self.outputs = document["Outputs"]

    def of_type(self, kind):
        """The resources of a type, by logical id."""
        return {name: one for name, one in self.resources.items() if one["Type"] == kind}

    def named(self, kind, beginning):
        """The logical id of the only resource of a type whose id begins so."""
        (one,) = (name for name in self.of_type(kind) if name.startswith(beginning))
        return one

    def only(self, kind):
        """The only resource of a type."""
        (one,) = self.of_type(kind).values()
        return one

    def statements(self, role):
        """What a role, given by its logical id, is allowed."""
        return [
            statement
            for policy in self.of_type("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]


@pytest.fixture(scope="session")
def cdk_context():
    """The context of this repository's cdk.json."""
    return read_context(ROOT / "cdk.json")


@pytest.fixture(scope="session")
def assembled(cdk_context, tmp_path_factory):
    """Synthesizes this repository's cdk.json with some keys changed, once for the same; the folder."""
    folders = {}

    def assemble_with(**changes):
        known = json.dumps(changes, sort_keys=True)
        if known not in folders:
            folder = tmp_path_factory.mktemp("assembly")
            context = {**cdk_context, "vending": {**cdk_context["vending"], **changes}}
            synthesize(read_deployments(context), context, folder=folder, libraries=False)
            folders[known] = folder
        return folders[known]

    return assemble_with


@pytest.fixture(scope="session")
def synthesized(assembled):
    """Synthesizes this repository's cdk.json with some keys changed; the template of one stack."""

    def synthesize_with(*, stack=STACK, **changes):
        return Template(json.loads((assembled(**changes) / f"{stack}.template.json").read_text("utf-8")))

    return synthesize_with


@pytest.fixture(scope="session")
def template(synthesized):
    """The template of this repository's cdk.json."""
    return synthesized()


@pytest.fixture
def vending(cdk_context):
    """A copy of the configuration in cdk.json, to be spoiled."""
    return copy.deepcopy(cdk_context["vending"])
