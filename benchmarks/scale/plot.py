"""Draw how costs grow, on logarithmic scales, as SVG."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT, _MARGIN = 250, 200, 45
_STYLE = (
    "svg{font:12px system-ui,sans-serif;background:#fff}text{fill:#222}"
    ".axis{stroke:#999;fill:none}.cost{stroke:#0b57d0;stroke-width:2;fill:none}"
    ".dot{fill:#0b57d0}.linear{stroke:#999;stroke-dasharray:4 4;fill:none}"
)


@dataclass(frozen=True, slots=True)
class Panel:
    """A cost at each size."""

    title: str
    values: Sequence[float]


def draw(sizes: Sequence[int], panels: Sequence[Panel]) -> str:
    """Return a picture with one panel a cost; a dashed line grows in proportion to the size."""
    width, height = len(panels) * _WIDTH, _HEIGHT + 20
    drawn = "".join(
        f'<g transform="translate({number * _WIDTH} 0)">{_panel(sizes, panel)}</g>'
        for number, panel in enumerate(panels)
    )
    note = "passages; dashed: in proportion to the smallest"
    caption = f'<text x="{_MARGIN}" y="{height - 6}">{note}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
        f"<title>Costs by number of passages</title><style>{_STYLE}</style>{drawn}{caption}</svg>\n"
    )


def _panel(sizes: Sequence[int], panel: Panel) -> str:
    """Return one cost: axes, its points, and what growth in proportion would be."""
    linear = [panel.values[0] * size / sizes[0] for size in sizes]
    low = math.log10(min(*panel.values, *linear))
    high = math.log10(max(*panel.values, *linear))
    left, right = math.log10(sizes[0]), math.log10(sizes[-1])

    def at(size: float, value: float) -> tuple[float, float]:
        x = (math.log10(size) - left) / (right - left)
        y = (math.log10(value) - low) / (high - low)
        return _MARGIN + x * (_WIDTH - 2 * _MARGIN), _HEIGHT - 30 - y * (_HEIGHT - 65)

    points = [at(*pair) for pair in zip(sizes, panel.values, strict=True)]
    dashed = [at(*pair) for pair in zip(sizes, linear, strict=True)]
    labels = "".join(
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text x="{x:.1f}" y="{y - 7:.1f}" text-anchor="middle">{_short(value)}</text>'
        for (x, y), value in zip(points, panel.values, strict=True)
    )
    ticks = "".join(
        f'<text x="{at(size, panel.values[0])[0]:.1f}" y="{_HEIGHT - 12}" text-anchor="middle">'
        f"{size:,}</text>"
        for size in sizes
    )
    return (
        f'<text x="{_MARGIN}" y="14">{panel.title}</text>'
        f'<polyline class="axis" points="{_MARGIN},25 {_MARGIN},{_HEIGHT - 27} '
        f'{_WIDTH - 15},{_HEIGHT - 27}"/>'
        f'<polyline class="linear" points="{_joined(dashed)}"/>'
        f'<polyline class="cost" points="{_joined(points)}"/>{labels}{ticks}'
    )


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _short(value: float) -> str:
    """Return a number with three digits before or behind the point, at the most."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
