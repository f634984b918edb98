"""The dbt project as Dagster sees it: the asset of every table, the check of every test, in the order of dbt's graph."""

import json
from collections.abc import Iterator, Mapping, Set
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from pipelines.dbt.column_lineage import Relation
from pipelines.dbt.running import parsed_project
from pipelines.settings import Settings

TRANSLATOR = DagsterDbtTranslator()
Node = Mapping[str, Any]


def relation(node: Node) -> Relation:
    """Database, schema and name of the table of a node."""
    return node["database"], node["schema"], node.get("alias") or node["identifier"]


class Project:
    """`manifest`: dbt's, as it writes it (https://schemas.getdbt.com/dbt/manifest/v12.json)."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self._nodes: Mapping[str, Node] = manifest["nodes"]

    @cached_property
    def keys(self) -> dict[Relation, dg.AssetKey]:
        """The asset of every table that dbt builds or reads."""
        return {
            relation(node): TRANSLATOR.get_asset_spec(self.manifest, unique_id, None).key
            for unique_id, node in (self._nodes | self.manifest["sources"]).items()
            if node["resource_type"] in ("model", "seed", "source")
        }

    def key(self, unique_id: str) -> dg.AssetKey:
        """The asset of a node."""
        return self.keys[relation(self._nodes[unique_id])]

    @cached_property
    def tables(self) -> dict[str, Node]:
        """Models and seeds, by unique id."""
        return {
            unique_id: node
            for unique_id, node in self._nodes.items()
            if node["resource_type"] in ("model", "seed")
        }

    @cached_property
    def by_output(self) -> dict[str, Node]:
        """Dagster's name of what a node yields -> the node."""
        return {self.key(unique_id).to_python_identifier(): node for unique_id, node in self.tables.items()}

    @cached_property
    def staging(self) -> Set[dg.AssetKey]:
        """Where all of these are built, the build begins."""
        return {key for (_, schema, _), key in self.keys.items() if schema == "staging"}

    @cached_property
    def seeds(self) -> Set[dg.AssetKey]:
        """The seeds."""
        return {
            self.key(unique_id) for unique_id, node in self.tables.items() if node["resource_type"] == "seed"
        }

    @cached_property
    def checks(self) -> dict[str, dg.AssetCheckKey]:
        """The check of every test about one model; a singular one too is judged there, and spared by the audit."""
        found = {}
        for unique_id, node in self._nodes.items():
            if node["resource_type"] == "test":
                for parent in node["depends_on"]["nodes"]:
                    spec = TRANSLATOR.get_asset_spec(self.manifest, parent, None)
                    # Of a test about several models only that of its own has a check.
                    if check := TRANSLATOR.get_asset_check_spec(spec, self.manifest, unique_id, None):
                        found[unique_id] = check.key
        return found

    @cached_property
    def invariants(self) -> dict[str, Node]:
        """The singular tests, by name."""
        return {
            node["name"]: node
            for node in self._nodes.values()
            if node["resource_type"] == "test" and "test_metadata" not in node
        }

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Nodes behind those they read, as Dagster wants to hear of them."""
        reads = {unique_id: node["depends_on"].get("nodes", ()) for unique_id, node in self._nodes.items()}
        return tuple(TopologicalSorter(reads).static_order())

    def below(self, selected: Set[dg.AssetKey]) -> Iterator[dg.AssetKey]:
        """These tables, and all that dbt makes of them."""
        waiting = [unique_id for unique_id in self.tables if self.key(unique_id) in selected]
        found: set[str] = set()
        while waiting:
            if (unique_id := waiting.pop()) not in found:
                found.add(unique_id)
                waiting += self.manifest["child_map"].get(unique_id, [])
        return (self.key(unique_id) for unique_id in found & self.tables.keys())

    def chosen(self, assets: Set[dg.AssetKey], checks: Set[dg.AssetCheckKey]) -> list[str]:
        """The nodes that Dagster selected: models and seeds, and of their tests those that read nothing else."""
        tables = [unique_id for unique_id in self.tables if self.key(unique_id) in assets]
        models = set(tables)
        return tables + [
            unique_id
            for unique_id, key in self.checks.items()
            if key in checks
            and (models.issuperset(self._nodes[unique_id]["depends_on"]["nodes"]) or not models)
        ]


def read_project(settings: Settings) -> Project:
    """The project, parsed where its files changed.

    Raises StamgastError: a variable cannot be used, dbt cannot parse the project.
    """
    return Project(json.loads((parsed_project(settings) / "manifest.json").read_text("utf-8")))
