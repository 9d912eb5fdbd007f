"""Units are found by id and path, also after somebody has changed the tree."""

from __future__ import annotations

import pytest
from organizations_for_tests import an_account_made_elsewhere

from workflows.vending.errors import OrganizationalUnitNotFound
from workflows.vending.organizational_units import OrganizationalUnits


@pytest.fixture
def tree(aws, unique):
    """A unit of the test's own with a unit below it: makes and deletes such."""
    return Tree(aws.client("organizations"), unique)


class Tree:
    def __init__(self, client, name):
        self.client, self.name = client, name
        self.units = OrganizationalUnits(client)
        [root] = client.list_roots()["Roots"]
        self.root = root["Id"]
        self.top = self.make(self.root, name)
        self.child = self.make(self.top, "Child")

    def make(self, parent, name):
        made = self.client.create_organizational_unit(ParentId=parent, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def delete(self, *units):
        for unit in units:
            self.client.delete_organizational_unit(OrganizationalUnitId=unit)


def test_a_unit_that_was_deleted_and_made_again_is_found_where_it_is_now(tree):
    assert tree.units.find(f"{tree.name}/Child") == tree.child
    tree.delete(tree.child, tree.top)
    top = tree.make(tree.root, tree.name)
    other = tree.make(top, "Other")
    assert tree.units.find(f"{tree.name}/Other") == other
    with pytest.raises(OrganizationalUnitNotFound, match=r"there are .*/Other"):
        tree.units.find(f"{tree.name}/Child")


def test_an_account_is_placed_where_the_path_leads_now(aws, tree, unique):
    assert tree.units.find(f"{tree.name}/Child") == tree.child
    tree.client.update_organizational_unit(OrganizationalUnitId=tree.child, Name="Before")
    successor = tree.make(tree.top, "Child")
    account_id = an_account_made_elsewhere(aws, unique)
    assert tree.units.place(account_id, f"{tree.name}/Child")
    [parent] = tree.client.list_parents(ChildId=account_id)["Parents"]
    assert parent["Id"] == successor
