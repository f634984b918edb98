"""What of Great Expectations is used beyond its public interface; tests/expectations/test_gx_internals.py says when an entry may go."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.validator.validator import Validator

# Charts and distributions of expectations that no suite of ours has.
_HARDLY_USED = ("altair", "scipy.stats")


class _WhenUsed(ModuleType):
    """Stands for a module until somebody asks for something in it. importlib's LazyLoader is undone by a mere `import`."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def import_when_used() -> None:
    """What Great Expectations imports and we hardly ever use is imported when it is used.

    To be called before Great Expectations is imported; what is imported already stays. Without it the import costs 3.8 CPU
    seconds instead of 2.75, in each run that checks anything.
    """
    for name in _HARDLY_USED:
        sys.modules.setdefault(name, _WhenUsed(name))


@cache
def _one_connection() -> "Callable[[sa.Engine], SqlAlchemyExecutionEngine]":
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine

    class OneConnection(SqlAlchemyExecutionEngine):
        def __init__(self, engine: sa.Engine) -> None:
            self._kept = engine.connect()
            super().__init__(engine=engine, create_temp_table=False)

        @contextmanager
        def get_connection(self) -> Iterator[sa.Connection]:
            yield self._kept

    return OneConnection


def validator_of(engine: sa.Engine, table: str, context: "AbstractDataContext") -> "Validator":
    """A validator of one table that asks all its queries through one connection.

    Great Expectations closes its connection before it reads a result, and DuckDB's results end with theirs, so that no
    expectation can be evaluated (https://github.com/fivetran/great_expectations/issues/10738). A data source of its public
    interface makes its engine itself; only a validator takes one. It also asks for all rules in one query.
    """
    from great_expectations.core.batch import Batch
    from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
    from great_expectations.validator.validator import Validator

    execution_engine = _one_connection()(engine)
    data = SqlAlchemyBatchData(execution_engine=execution_engine, table_name=table, create_temp_table=False)
    return Validator(
        execution_engine=execution_engine,
        data_context=context,
        batches=[Batch(data=data)],  # type: ignore[arg-type]
    )
