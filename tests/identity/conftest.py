"""The published company that several tests read."""

import pytest

from pipelines.settings import Settings
from tests.identity.published_company import published


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two versions; not to be changed."""
    return published(tmp_path_factory.mktemp("published"))
