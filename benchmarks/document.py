"""The two parts of `docs/performance.md`, each written by a command of its own."""

from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
SCALE = "## Scale"


def write_speed(path: Path, text: str) -> None:
    """Write what stands before the part on scale; that stays."""
    _, scale = _parts(path)
    path.write_text(f"{text.rstrip()}\n{scale}", "utf-8")


def write_scale(path: Path, text: str) -> None:
    """Write the part on scale; what stands before stays."""
    speed, _ = _parts(path)
    path.write_text(f"{speed}\n{SCALE}\n\n{text.rstrip()}\n", "utf-8")


def _parts(path: Path) -> tuple[str, str]:
    """Return what stands before the part on scale, and that part with a blank line before."""
    text = path.read_text("utf-8") if path.is_file() else ""
    speed, heading, scale = text.partition(f"\n{SCALE}\n")
    return speed, heading + scale
