"""The resolution state: what the last resolution left in the attached database `state`, and what has changed since.

`state` is build/identity.duckdb, or a database in memory. Everything in it is derived from profiles, rules, model and
overrides, and is made again if it is missing or was made with other rules, another model or other code.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.identity.likelihood.comparisons import RAREST
from pipelines.identity.likelihood.model import IdentityModel, size_class
from pipelines.identity.people.certain import group_by_rules
from pipelines.identity.profiles.bad_values import find_bad_values
from pipelines.identity.profiles.features import SIGNATURE, make_features
from pipelines.identity.rules import Rules
from pipelines.warehouse.database import text
from pipelines.warehouse.sql_files import sql_beside

_FOLDER = Path(__file__).parent
# With fewer holders than this a name counts as of the rarest class.
FEWEST_HOLDERS = 4
SEEN = "scratch.intermediate.int_profiles_seen"
# The fields whose values have a status or are linked by.
VALUES = (
    "given_name",
    "family_name",
    "names",
    "email",
    "phone",
    "address",
    "customer_number",
    "record",
    "cookie",
)


class ResolutionState:
    """Brings the tables of `state` up to date, step by step, and records which profiles each step touches.

    Temp tables: identity_changed(profile_id): profiles that are new, gone or changed; identity_candidates(field, value):
    the values they have or had; identity_touched(profile_id): profiles whose pairs must be scored again.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, rules: Rules, model: IdentityModel) -> None:
        self._connection = connection
        self._rules = rules
        # Whether identity_compared holds all profiles; it is made again when the aliases of names change.
        self._are_all_compared = False
        self.profiles = self._count(f"{SEEN} where makes_people")
        self.size = size_class(self.profiles)
        inputs = _digest(rules, model, self.size)
        self.is_full = not self._was_made_with(inputs)
        if self.is_full:
            self._begin_anew(inputs)
        else:
            # Without a table `inputs`, as after a crash on the way, the next resolution starts from nothing.
            connection.execute("alter table state.inputs rename to begun")
        self.use_aliases(model.aliases)

    def _count(self, relation: str) -> int:
        return int(self._connection.execute(f"select count(*) from {relation}").fetchall()[0][0])

    def _was_made_with(self, inputs: str) -> bool:
        tables = self._connection.execute(
            "select table_name from duckdb_tables() where database_name = 'state' and table_name = 'inputs'"
        ).fetchall()
        return bool(tables) and self._connection.execute("select digest from state.inputs").fetchall() == [
            (inputs,)
        ]

    def _begin_anew(self, inputs: str) -> None:
        tables = self._connection.execute(
            # `inputs` is dropped first: after a crash here no table passes for complete.
            "select table_name from duckdb_tables() where database_name = 'state' order by table_name <> 'inputs'"
        ).fetchall()
        for (table,) in tables:
            self._connection.execute(f"drop table state.{table}")
        self._connection.execute(
            """
            create table state.statuses (field varchar, value varchar, status varchar);
            create table state.bad_values (
                field varchar, value varchar, reason varchar, profile_count bigint, given_name_count bigint
            );
            create table state.keys (profile_id bigint, key ubigint);
            create table state.groups (
                rank integer, rule varchar, field varchar, value varchar, group_id bigint, profile_id bigint
            );
            create table state.people (profile_id bigint, component bigint, person_id bigint);
            create table state.nameless (profile_id bigint, rank integer, value varchar, holder_id bigint);
            create table state.bearers (profile_id bigint, names varchar, alone bigint, first_id bigint, is_named boolean);
            create table state.vetoes (left_profile_id bigint, right_profile_id bigint, rule varchar);
            create table state.links (
                left_profile_id bigint, right_profile_id bigint, rule varchar, is_cut boolean,
                pattern bigint, splink_weight double, weight double
            );
            create table state.near_links (
                left_profile_id bigint, right_profile_id bigint, reason varchar,
                pattern bigint, splink_weight double, weight double
            );
            create table state.decisions (is_same boolean, left_profile_id bigint, right_profile_id bigint)
            """
        )
        self._connection.execute("create table state.begun as select ?::varchar as digest", [inputs])

    def use_aliases(self, aliases: Sequence[tuple[str, str]]) -> None:
        """Sets the pairs of given names that stand for each other."""
        self._are_all_compared = False
        both = [*aliases, *((alias, name) for name, alias in aliases)]
        self._connection.register(
            "identity_pairs_of_names",
            pa.table(
                {
                    "given_name": pa.array([name for name, _ in both], pa.string()),
                    "alias": pa.array([alias for _, alias in both], pa.string()),
                }
            ),
        )
        self._connection.execute(
            "create or replace temp table identity_aliases as "
            "select given_name, list(alias order by alias) as aliases from identity_pairs_of_names group by given_name"
        )
        self._connection.unregister("identity_pairs_of_names")

    def finish(self) -> None:
        """Marks the state as complete, so that the next resolution may build on it."""
        self._connection.execute("alter table state.begun rename to inputs")

    def update_profiles(self) -> None:
        """Updates state.features to the active profiles; makes identity_changed, identity_candidates and identity_touched."""
        if self.is_full:
            make_features(self._connection, "table state.features", SEEN, self._rules)
            self._connection.execute(
                """
                create or replace temp table identity_changed as
                select profile_id, false as is_gone from state.features;
                create or replace temp table identity_candidates (field varchar, value varchar)
                """
            )
        else:
            self._take_changed_profiles()
        self._connection.execute(
            "create or replace temp table identity_touched as select profile_id from identity_changed"
        )

    def _take_changed_profiles(self) -> None:
        self._connection.execute(
            f"""
            create or replace temp table identity_changed as
            select coalesce(seen.profile_id, features.profile_id) as profile_id, seen.profile_id is null as is_gone
            from (select profile_id, {SIGNATURE} as signature from {SEEN} where makes_people) as seen
            full join state.features as features on seen.profile_id = features.profile_id
            where seen.signature is distinct from features.signature
            """
        )
        make_features(
            self._connection,
            "or replace temp table identity_features",
            f"(from {SEEN} where profile_id in (select profile_id from identity_changed where not is_gone))",
            self._rules,
        )
        self._connection.execute(
            f"""
            create or replace temp table identity_candidates (field varchar, value varchar);
            {self._candidates("state.features")}
            {self._candidates("identity_features")}
            delete from state.features where profile_id in (select profile_id from identity_changed);
            insert into state.features from identity_features order by profile_id;
            drop table identity_features
            """
        )

    @staticmethod
    def _candidates(features: str) -> str:
        return "".join(
            f"""
            insert into identity_candidates
            select distinct '{field}', {field} from {features}
            where {field} is not null and profile_id in (select profile_id from identity_changed);
            """
            for field in VALUES
        )

    def holders(self, field: str) -> str:
        """SQL: the features of all profiles with a value of the field that a changed profile has or had."""
        if self.is_full:
            return "state.features"
        return (
            f"(from state.features where {field} in "
            f"(select value from identity_candidates where field = '{field}'))"
        )

    def update_statuses(self) -> None:
        """Updates state.statuses and state.bad_values; touches the holders of values whose status has changed."""
        self._connection.execute(
            """
            create or replace temp table identity_statuses_before as
            select * from state.statuses semi join identity_candidates using (field, value);
            delete from state.statuses as old using identity_candidates as new
            where old.field = new.field and old.value = new.value;
            delete from state.bad_values as old using identity_candidates as new
            where old.field = new.field and old.value = new.value
            """
        )
        find_bad_values(self._connection, self._rules, self.holders)
        self._connection.execute(
            sql_beside(__file__, "profiles/statuses.sql").format(
                size=self.size,
                rarest=RAREST,
                fewest=FEWEST_HOLDERS,
                **{field: self.holders(field) for field in VALUES},
                crowded=self._rules.crowded_address,
            )
        )
        for field in ("email", "phone"):
            households = text("|".join(self._rules.households.get(field, [])))
            self._connection.execute(
                sql_beside(__file__, "profiles/shared_mailboxes.sql").format(
                    field=field, features=self.holders(field), households=households
                )
            )
        self._connection.execute(
            "insert into state.statuses from identity_statuses; insert into state.bad_values from identity_bad_values"
        )
        if not self.is_full:
            self._touch_flipped()
        self._connection.execute(
            "drop table identity_statuses; drop table identity_statuses_before; drop table identity_bad_values"
        )

    def _touch_flipped(self) -> None:
        self._connection.execute(
            """
            create or replace temp table identity_flipped as
            select distinct field, value from (
                (from identity_statuses except from identity_statuses_before)
                union all
                (from identity_statuses_before except from identity_statuses)
            )
            """
        )
        for field in VALUES:
            self._touch(
                f"select profile_id from state.features "
                f"where {field} in (select value from identity_flipped where field = '{field}')"
            )
        self._connection.execute("drop table identity_flipped")

    def _touch(self, query: str) -> None:
        self._connection.execute(
            f"insert into identity_touched ({query}) except select profile_id from identity_touched"
        )

    def update_groups(self) -> None:
        """Updates state.groups: the values that changed profiles have or had are grouped again."""
        self._connection.execute(
            """
            delete from state.groups as old using identity_candidates as new
            where old.field = new.field and old.value = new.value
            """
        )
        group_by_rules(self._connection, self._rules, self.holders)

    def update_keys(self) -> None:
        """Updates state.keys; touches the holders of a key that became, or no longer is, too large."""
        self.compare_with("identity_touched")
        if self.is_full:
            self._connection.execute(
                sql_beside(__file__, "likelihood/blocking.sql").replace("{into}", "insert into state.keys")
            )
        else:
            self._connection.execute(
                sql_beside(__file__, "likelihood/blocking.sql").replace(
                    "{into}", "create or replace temp table identity_keys as"
                )
            )
            self._connection.execute(
                """
                create or replace temp table identity_keys_touched as
                select distinct key from identity_keys
                union
                select distinct key from state.keys where profile_id in (select profile_id from identity_touched)
                """
            )
            before = self._too_large("identity_keys_touched")
            self._connection.execute(
                """
                delete from state.keys where profile_id in (select profile_id from identity_touched);
                insert into state.keys select profile_id, key from identity_keys
                """
            )
            after = self._too_large("identity_keys_touched")
            flipped = sorted(before ^ after)
            if flipped:
                self._touch(
                    "select distinct profile_id from state.keys "
                    f"where key in ({', '.join(str(key) for key in flipped)})"
                )
            self._connection.execute("drop table identity_keys_touched; drop table identity_keys")

    def _too_large(self, keys: str) -> set[int]:
        return {
            key
            for (key,) in self._connection.execute(
                f"select key from state.keys where key in (from {keys}) group by key having count(*) > {largest_block(self.size)}"
            ).fetchall()
        }

    def compare_with(self, profiles: str) -> None:
        """Makes temp table identity_compared, one row per profile as it is compared; at least those of the relation `profiles`."""
        if not self._are_all_compared:
            # Materialized, so that the few profiles are picked before their statuses are joined.
            wanted = (
                ""
                if self.is_full
                else f", wanted as materialized (from state.features where profile_id in (select profile_id from {profiles}))"
            )
            self._connection.execute(
                sql_beside(__file__, "likelihood/compared.sql")
                .replace("{wanted}", wanted)
                .replace("{features}", "state.features" if self.is_full else "wanted")
                .replace("{rarest}", str(RAREST))
            )
        self._are_all_compared = self.is_full


def largest_block(size: int) -> str:
    """SQL over a key: the largest number of holders with which the key is used, among so many profiles of this size class."""
    largest, loose = {1_000: (1_000, 1_000), 10_000: (200, 200), 100_000: (100, 12)}.get(size, (60, 10))
    return f"(case when key % 2 = 1 then {loose} else {largest} end)"


def _digest(rules: Rules, model: IdentityModel, size: int) -> str:
    """Digest of rules, model, size class, code and DuckDB's version; if it is equal, the same profiles yield the same pairs."""
    digest = hashlib.sha256(f"{rules.model_dump_json()} {size} {duckdb.__version__}".encode())
    digest.update(model.model_dump_json().encode())
    for path in _code():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _code() -> Sequence[Path]:
    return sorted(path for path in _FOLDER.rglob("*") if path.suffix in (".py", ".sql"))
