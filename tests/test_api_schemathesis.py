"""The running server against its own document, as a client would generate calls from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import running_server

# A slug that the archive does not have is refused as a filter, and so is a cursor that no page
# returned: the schema cannot say which strings exist.
LEFT_OUT = "positive_data_acceptance"
# A body may break the schema and the limit of bytes at once: the limit comes first and says 413.
CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 406, 413, 422, 428]
"""


def test_no_server_error_and_no_violation(hashed_bundle: Path, tmp_path: Path) -> None:
    check(hashed_bundle, tmp_path, max_examples=50)


@pytest.mark.stress
@pytest.mark.timeout(3_000)
def test_nor_in_five_hundred_examples_of_each_call(hashed_bundle: Path, tmp_path: Path) -> None:
    check(hashed_bundle, tmp_path, max_examples=500)


def check(hashed_bundle: Path, tmp_path: Path, *, max_examples: int) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    with running_server(hashed_bundle, "--no-watch") as (address, _):
        done = subprocess.run(
            [
                *[sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"],
                *[
                    "--checks",
                    "all",
                    "--exclude-checks",
                    LEFT_OUT,
                    "--max-examples",
                    str(max_examples),
                    "--seed",
                    "7",
                ],
                *["--continue-on-failure", "--no-color"],
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=2_400,
        )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
