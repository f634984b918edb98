"""House rules over the manifest: names, keys, descriptions, the boundary between layers, and where identifiers live."""

import re
from pathlib import PurePosixPath
from typing import Any

from pipelines.contracts import CONTACT_BLOCK, KINDS
from pipelines.settings import DBT_PROJECT
from tests.dbt.built_project import Project

PREFIXES = {"staging": ("stg_",), "intermediate": ("int_",), "core": ("dim_", "fct_")}
PUBLIC = {
    "core": "dim_person dim_account dim_household dim_product fct_order_lines fct_newsletter_events "
    "fct_form_submissions fct_web_events fct_support_tickets fct_interactions fct_survey_responses fct_consents fct_permission_events",
    "marts": "customer_360 account_360 person_timeline person_products segment_members segment_history source_quality contactability",
}
# What a person is contacted or known by; coarse attributes (country, interests ...) may be analysed.
COARSE = {
    "gender",
    "country",
    "language",
    "occupation",
    "income_band",
    "household_size",
    "marital_status",
    "interests",
}
# In scratch.duckdb, which is never published: profiles as they were understood, and what refusals are found by.
IDENTIFIED_STEPS = (
    "int_profiles_seen",
    "int_profile_points",
    "int_refusals_understood",
    "int_contact_point_keys",
    "int_points_left",
)
IDENTIFIERS = {
    "birth_date",
    "website",
    "parent_company_number",
    "cookie_key",
    "block_hash",
    *CONTACT_BLOCK,
} - COARSE
FREE_TEXT = {"message", "note", "answer"}


def _database(model: dict[str, Any]) -> str:
    return model["config"]["database"] or "analytics"


def _parents(project: Project, model: dict[str, Any]) -> list[dict[str, Any]]:
    known = project.manifest["nodes"] | project.manifest["sources"]
    return [known[key] for key in model["depends_on"]["nodes"]]


def test_every_kind_has_a_staging_model(project: Project) -> None:
    staged = {model["name"] for model in project.models if model["schema"] == "staging"}
    assert staged == {f"stg_{kind}" for kind in KINDS}, (
        "add or remove the model of the kind in models/staging"
    )


def test_the_public_tables_exist(project: Project) -> None:
    built = {(schema, table) for database, schema, table in project.columns() if database == "analytics"}
    expected = {(schema, table) for schema, tables in PUBLIC.items() for table in tables.split()}
    assert expected <= built, f"missing of the public contract: {sorted(expected - built)}"


def test_a_model_lies_in_the_folder_of_its_schema_and_bears_its_prefix(project: Project) -> None:
    for model in project.models:
        folders = model["path"].split("/")[:-1]
        assert model["schema"] in folders, f"{model['path']}: move it to the folder {model['schema']}"
        assert (folders[0] == "customers") == (_database(model) == "customers"), (
            f"{model['path']}: models of the customers database live under models/customers, others do not"
        )
        prefixes = PREFIXES.get(model["schema"])
        named_well = (
            model["name"].startswith(prefixes)
            if prefixes
            else not model["name"].startswith(("stg_", "int_", "dim_", "fct_"))
        )
        assert named_well, f"{model['path']}: the name does not go with the folder {model['schema']}"


def test_a_step_is_described_and_tested_in_the_one_yaml_of_its_folder(project: Project) -> None:
    homes = {}
    for model in project.models:
        if model["schema"] == "intermediate":
            folder = PurePosixPath(model["original_file_path"]).parent
            home = homes[model["name"]] = str(folder / f"_{folder.name}__models.yml")
            assert model["patch_path"] == f"stamgast://{home}", f"{model['name']}: describe it in {home}"
    for test in project.manifest["unit_tests"].values():
        home = homes.get(test["model"], test["original_file_path"])
        assert test["original_file_path"] == home, f"{test['name']}: move it to {home}"


def test_a_table_of_the_customers_database_has_its_own_asset_key(project: Project) -> None:
    for model in project.models:
        if _database(model) == "customers":
            key = model["config"]["meta"]["dagster"].get("asset_key")
            expected = ["customers", model["schema"], model["alias"]]
            assert key == expected, f"{model['path']}: write asset_key {expected} in its config"


def test_every_model_has_a_group_and_an_owner(project: Project) -> None:
    for model in project.models:
        dagster = model["config"]["meta"]["dagster"]
        assert dagster.get("group"), f"{model['path']}: give its folder a group in dbt_project.yml"
        assert dagster.get("owners"), f"{model['path']}: give its folder an owner in dbt_project.yml"


def test_every_table_of_core_and_marts_has_a_tested_key(project: Project) -> None:
    keyed = {
        test["attached_node"]
        for test in project.data_tests
        if test.get("test_metadata", {}).get("name") in ("unique", "unique_together")
    }
    for model in project.models:
        if model["schema"] in ("core", "marts") and model["config"]["materialized"] in ("table", "amended"):
            assert model["unique_id"] in keyed, f"{model['path']}: say in its YAML which columns are unique"


def test_every_column_of_core_and_marts_is_described_and_every_described_column_exists(
    project: Project,
) -> None:
    columns = project.columns()
    for model in project.models:
        if model["schema"] not in ("core", "marts"):
            continue
        built = columns[_database(model), model["schema"], model["alias"]]
        described = {name: column["description"] for name, column in model["columns"].items()}
        assert model["description"], f"{model['path']}: describe it, the grain first"
        assert set(built) == set(described), (
            f"{model['path']}: columns and YAML differ in {sorted(set(built) ^ set(described))}"
        )
        assert all(described.values()), f"{model['path']}: a column has an empty description"


# A description stands alone: in a segment, or in a client, its neighbours are not beside it.
LEANING = ("Those", "Likewise", "That ", "These", "Up to three of them", "What these")


def _lacking(column: str, data_type: str, comment: str | None) -> list[str]:
    """What the comment of a column does not say: its meaning by itself, and the unit its type or name asks for."""
    if not comment:
        return ["a description"]
    asked = {
        "that the time is UTC": data_type.startswith("TIMESTAMP") and "UTC" not in comment,
        "the currency of the amount": data_type == "DECIMAL(18,2)"
        and not re.search("currency|scale", comment),
        "what the share is of": column.endswith("_share")
        and not re.search(r" over | 0 to 1|at most 1", comment),
        "what the days are": "_days" in column and "days" not in comment.lower(),
        "its meaning without its neighbour": comment.startswith(LEANING),
    }
    return [said for said, is_lacking in asked.items() if is_lacking]


def test_every_column_says_its_meaning_unit_and_personal_data_in_the_file_that_analysts_open(
    project: Project,
) -> None:
    marked = {
        (_database(model), model["schema"], model["alias"], name): column["config"]["meta"].get("pii", False)
        for model in project.models
        for name, column in model["columns"].items()
    }
    with project.opened() as connection:
        rows = connection.execute(
            "select database_name, schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
            "where schema_name in ('core', 'marts', 'segments') order by all"
        ).fetchall()
    assert len(rows) > 500
    for database, schema, table, column, data_type, comment in rows:
        where = f"{database.removeprefix('opened_')} {schema}.{table}.{column}"
        assert not (lacking := _lacking(column, data_type, comment)), f"{where}: say {', '.join(lacking)}"
        is_marked = marked.get((database.removeprefix("opened_"), schema, table, column), False)
        assert comment.endswith("Personal data.") == is_marked, f"{where}: the mark and the comment differ"


def test_identifiers_and_free_text_stay_out_of_analytics(project: Project) -> None:
    # A company's name and numbers may be a person's: a sole trader.
    for (database, schema, table), columns in project.columns().items():
        found = set(columns) & (IDENTIFIERS | FREE_TEXT)
        if database == "analytics":
            assert not found, f"{schema}.{table} shows {sorted(found)}; select them in models/customers"
        else:
            assert not found & FREE_TEXT, f"customers {schema}.{table} shows free text {sorted(found)}"


def test_identifiers_are_marked_as_personal_data(project: Project) -> None:
    for model in project.models:
        marked = {name for name, column in model["columns"].items() if column["config"]["meta"].get("pii")}
        if _database(model) == "customers" and model["schema"] in ("core", "marts"):
            unmarked = {
                name for name in model["columns"] if name.removeprefix("contact_") in IDENTIFIERS
            } - marked
            assert not unmarked, (
                f"{model['path']}: mark {sorted(unmarked)} with config: {{meta: {{pii: true}}}}"
            )
        else:
            assert not marked or model["name"] in IDENTIFIED_STEPS, (
                f"{model['path']}: pii outside models/customers"
            )


def test_marts_and_segments_read_core_and_never_staging_or_raw(project: Project) -> None:
    for model in project.models:
        if model["schema"] not in ("marts", "segments"):
            continue
        below = {
            parent["name"]
            for parent in _parents(project, model)
            if parent["schema"] == "staging" or parent.get("source_name") == "raw"
        }
        # The index of loads is what this mart is about.
        below -= {"loads", "feeds"} if model["name"] == "source_quality" else set()
        assert not below, f"{model['path']}: read core in place of {sorted(below)}"


def test_nothing_but_as_of_asks_for_the_time() -> None:
    clock = re.compile(
        r"\b(now\s*\(|current_date|current_timestamp|today\s*\(|get_current_timestamp)", re.IGNORECASE
    )
    for folder in ("models", "macros", "tests"):
        for path in (DBT_PROJECT / folder).rglob("*.sql"):
            assert not clock.search(path.read_text(encoding="utf-8")), f"{path.name}: use the macro as_of()"


def test_the_manifest_knows_the_macros_that_a_model_calls(project: Project) -> None:
    # A state-aware build goes by the manifest, and dbt does not see a call in a loop over what a query returns.
    own = {
        macro["name"]: key
        for key, macro in project.manifest["macros"].items()
        if macro["package_name"] == "stamgast"
    }
    called = re.compile(rf"\b({'|'.join(own)})\(")
    for node in [*project.models, *project.data_tests]:
        unknown = {own[name] for name in called.findall(node["raw_code"])} - set(node["depends_on"]["macros"])
        assert not unknown, (
            f"{node['original_file_path']}: write the loop around {sorted(unknown)} in a macro, so that dbt sees what it calls"
        )


def test_the_day_and_the_history_of_segments_are_asked_by_one_macro_each() -> None:
    for variable, home in (
        ("STAMGAST_AS_OF", "as_of.sql"),
        ("STAMGAST_SEGMENT_HISTORY", "previous_segment_history.sql"),
    ):
        for folder in ("models", "macros", "tests"):
            for path in (DBT_PROJECT / folder).rglob("*.sql"):
                asks = re.search(rf"env_var\(.{variable}\b", path.read_text(encoding="utf-8"))
                assert not asks or path.name == home, f"{path.name}: call the macro of {home}"


def test_a_segment_selects_one_kind_of_member_and_says_why(project: Project) -> None:
    for (_, schema, table), columns in project.columns().items():
        if schema == "segments":
            members = {"person_id", "account_id"} & set(columns)
            assert len(members) == 1, f"segments/{table}.sql: select either person_id or account_id"
            assert len(columns) > 1, f"segments/{table}.sql: select the columns that are the reason as well"
