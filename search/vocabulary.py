"""The words of an archive and how many speakers use each, in one JSON file of a generation."""

import json
from collections.abc import Mapping
from pathlib import Path

from search.errors import BundleMismatchError


def write_words(path: Path, counts: Mapping[str, int]) -> None:
    """Write the words with the number of speakers who use each."""
    path.write_text(json.dumps(counts, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


def read_words(path: Path) -> dict[str, int]:
    """Read the words.

    Raises:
        BundleMismatchError: If the file is not such a table.
    """
    try:
        counts = json.loads(path.read_text("utf-8"))
        return {str(word): int(count) for word, count in counts.items()}
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        raise BundleMismatchError(f"{path}: not readable ({exc}); rebuild the index") from exc
