"""What a build can be asked for."""

from dataclasses import dataclass

_SITE = "https://datatalks.club"


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How to build.

    `model` is a folder, a hub name or None for the default; `hosts` are display names of people
    who run the week, found from their behaviour where empty; `force` publishes even when many
    threads are gone; `rebuild` makes a generation even when nothing seems to have changed;
    `prune` leaves nothing of older generations, old texts and other encoders on the disk;
    without `repair` every post that stands alone in the archive stays a thread of its own.
    """

    model: str | None = None
    device: str | None = None
    hosts: tuple[str, ...] = ()
    force: bool = False
    rebuild: bool = False
    prune: bool = False
    repair: bool = True
    site: str = _SITE
