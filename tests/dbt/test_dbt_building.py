"""The models do what their unit tests say, and build when nobody delivers anything."""

from tests.dbt.built_project import Project


def _failures(project: Project, prefix: str) -> list[str]:
    return [
        f"{result['unique_id']}: {result['message']}"
        for result in project.run_results
        if result["unique_id"].startswith(prefix) and result["status"] not in ("success", "pass")
    ]


def test_unit_tests_of_the_models_pass(project: Project) -> None:
    ran = [result for result in project.run_results if result["unique_id"].startswith("unit_test.")]
    assert len(ran) == len(project.manifest["unit_tests"]) > 0
    assert _failures(project, "unit_test.") == []


def test_every_model_builds_when_every_kind_is_empty(project: Project) -> None:
    assert _failures(project, "model.") == []


def test_every_rule_holds_when_every_kind_is_empty(project: Project) -> None:
    assert _failures(project, "test.") == []


def test_the_views_of_a_published_file_work_under_another_name(project: Project) -> None:
    with project.opened() as connection:
        views = connection.execute(
            "select database_name, schema_name, view_name from duckdb_views() where not internal"
        ).fetchall()
        assert ("opened_analytics", "marts", "person_timeline") in views
        for view in views:
            assert connection.execute(f"select count(*) from {'.'.join(view)}").fetchone() == (0,)
