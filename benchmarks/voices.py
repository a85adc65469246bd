"""Measure whether quoted authors speak of the subject, on judged passages.

Run: python -m benchmarks.voices --bundle BUNDLE

`tests/golden/voices/labels.jsonl` has subjects and, for the authors who were quoted of them,
whether the passage is about the subject (1), touches it (0.5) or not (0), by one reader. The
subjects of the set `first` led to the least nearness that is asked for; those of `after` were
written and judged afterwards. Prints for each set how many voices there are now, how many of them
were judged, and the shares that are about, or at least touch, the subject.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from search import open_engine

LABELS = Path(__file__).parent.parent / "tests" / "golden" / "voices" / "labels.jsonl"
TOP_K = 5


def main() -> None:
    """Print a line a set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bundle", type=Path, required=True)
    engine = open_engine(parser.parse_args().bundle)
    sets: dict[str, list[float | None]] = defaultdict(list)
    for line in LABELS.read_text("utf-8").splitlines():
        subject = json.loads(line)
        labels = {(each["author"], each["thread_id"]): each["label"] for each in subject["judged"]}
        for voice in engine.voices(subject["query"], top_k=TOP_K).voices:
            sets[subject["set"]].append(labels.get((voice.author.slug, voice.thread_id)))
    for name, found in sets.items():
        judged = [label for label in found if label is not None]
        about = sum(label == 1 for label in judged) / max(len(judged), 1)
        touch = sum(label > 0 for label in judged) / max(len(judged), 1)
        print(
            f"{name}: {len(found)} voices, {len(judged)} judged; about the subject {about:.2f}, "
            f"about it or touching it {touch:.2f}"
        )


if __name__ == "__main__":
    main()
