"""What Great Expectations imports and no suite uses is not imported, and is there for who asks."""

import subprocess
import sys

_CODE = """
import sys
from pipelines.expectations.late_imports import import_when_used
import_when_used()
import pipelines.expectations.gx_on_duckdb
assert "great_expectations" in sys.modules and "scipy.stats._stats_py" not in sys.modules
assert not [name for name in sys.modules if name.startswith("altair.")]
from scipy import stats
print(stats.norm.cdf(0.0))
import scipy.stats
print(scipy.stats.norm.cdf(0.0))
"""


def test_what_no_suite_uses_is_imported_only_by_who_uses_it() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["0.5", "0.5"], done.stderr
