"""The running server against its own document, as a client would generate calls from it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support import running_server

# A slug that the archive does not have is refused as a filter, and so is a cursor that no page
# returned: the schema cannot say which strings exist.
LEFT_OUT = "positive_data_acceptance"
MAX_EXAMPLES = os.environ.get("ANSWERS_SCHEMATHESIS_EXAMPLES", "50")


def test_no_server_error_and_no_violation(hashed_bundle: Path, tmp_path: Path) -> None:
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
                    MAX_EXAMPLES,
                    "--seed",
                    "7",
                ],
                *["--continue-on-failure", "--no-color"],
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=600,
        )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]
