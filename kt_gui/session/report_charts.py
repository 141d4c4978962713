"""The charts of a report as SVG, in the colours of its style sheet: curves over both phases, bars, an interval."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from kt_gui.schema.events import BlockDrift, EpochEnded
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import tr

WIDTH, HEIGHT = 440, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 8, 24
"""What the axes leave at each side."""
TICKS, STEPS = 4, (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0, 20.0)
BAR, GAP = 18, 8
MOST = 600
"""Points of a curve: more are not seen in so little room."""

Read = Callable[[EpochEnded], float | None]


@dataclass(frozen=True)
class _Scale:
    """From numbers, from 0 on, to places."""

    high: float
    count: int
    """Epochs along the way."""

    def x(self, place: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, self.count - 1)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.high


def _round_above(most: float) -> float:
    """Give the next number above that can be divided into ticks a person can read."""
    least = max(most, 1e-9) / TICKS * (1 - 1e-9)  # a number that is round already is not rounded
    unit = 10.0 ** math.floor(math.log10(least))
    return TICKS * unit * next(step for step in STEPS if step * unit >= least)


def curves(title: str, epochs: Sequence[EpochEnded], learning: Read, validation: Read, *, is_share: bool) -> str:
    """Draw what was learnt and validated, epoch by epoch, over all phases; nothing of less than one epoch."""
    drawn = [[learning(epoch) for epoch in epochs], [validation(epoch) for epoch in epochs]]
    known = [value for line in drawn for value in line if value is not None and math.isfinite(value)]
    if not known:
        return ""
    scale = _Scale(1.0 if is_share else _round_above(max(known)), len(epochs))
    write = (lambda value: percent(value, 0)) if is_share else number
    parts = [*_grid(scale, write), *_handover(epochs, scale)]
    parts += [
        _line(line, piece, scale, kind)
        for line, kind in zip(drawn, ("learning", "validation"), strict=True)
        for piece in _phases(epochs)
    ]
    parts += _bests(epochs, drawn[1], scale)
    return _svg(title, WIDTH, HEIGHT, parts)


def _grid(scale: _Scale, write: Callable[[float], str]) -> Iterator[str]:
    for tick in range(TICKS + 1):
        value = scale.high * tick / TICKS
        y = scale.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(write(value))}</text>'
    for place in sorted({0, (scale.count - 1) // 2, scale.count - 1}):
        yield f'<text x="{scale.x(place):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{place + 1}</text>'


def _handover(epochs: Sequence[EpochEnded], scale: _Scale) -> Iterator[str]:
    """A line where fine-tuning begins."""
    phases = [epoch.phase for epoch in epochs]
    if "pretraining" in phases and "finetuning" in phases:
        x = scale.x(phases.index("finetuning") - 0.5)
        yield f'<line class="handover" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'


def _phases(epochs: Sequence[EpochEnded]) -> list[range]:
    """The places of each phase: no line goes from one to the next."""
    starts = [place for place in range(len(epochs)) if place == 0 or epochs[place].phase != epochs[place - 1].phase]
    return [range(start, end) for start, end in zip(starts, [*starts[1:], len(epochs)], strict=True)]


def _line(values: Sequence[float | None], piece: range, scale: _Scale, kind: str) -> str:
    every = max(1, len(values) // MOST)
    known = ((place, values[place]) for place in piece[::every])
    points = [
        f"{scale.x(place):.1f},{scale.y(value):.1f}"
        for place, value in known
        if value is not None and math.isfinite(value)
    ]
    return f'<polyline class="{kind}" points="{" ".join(points)}"/>'


def _bests(epochs: Sequence[EpochEnded], values: Sequence[float | None], scale: _Scale) -> Iterator[str]:
    """A dot at the best epoch of each phase."""
    last = {epoch.phase: epoch.best_epoch for epoch in epochs}
    for place, (epoch, value) in enumerate(zip(epochs, values, strict=True)):
        if last[epoch.phase] == epoch.epoch and value is not None:
            yield f'<circle class="best" cx="{scale.x(place):.1f}" cy="{scale.y(value):.1f}" r="4"/>'


def drifts(title: str, blocks: Sequence[BlockDrift]) -> str:
    """Draw how far each block moved, as a share of its size."""
    shares = [(block, block.squared / block.anchor_squared) for block in blocks if _has_share(block)]  # type: ignore[operator]
    if not shares:
        return ""
    most = max(share for _, share in shares) or 1.0
    parts = []
    for place, (block, share) in enumerate(shares):
        y = place * (BAR + GAP)
        width = (WIDTH - 220) * share / most
        said = tr("{share} (frozen)", share=number(share)) if block.frozen else number(share)
        parts.append(f'<text x="120" y="{y + 13}" text-anchor="end">{escape(block.block)}</text>')
        parts.append(f'<rect class="bar" x="128" y="{y}" width="{max(1.0, width):.1f}" height="{BAR}" rx="3"/>')
        parts.append(f'<text x="{136 + width:.1f}" y="{y + 13}">{escape(said)}</text>')
    return _svg(title, WIDTH, len(shares) * (BAR + GAP), parts)


def _has_share(block: BlockDrift) -> bool:
    return block.squared is not None and block.anchor_squared > 0


def interval(accuracy: float, low: float, high: float) -> str:
    """Draw an accuracy on the way from 0 to 1, with its interval."""
    width, y = 2 * WIDTH, 14

    def x(share: float) -> float:
        return 16 + (width - 32) * share

    parts = [
        f'<line class="grid" x1="16" x2="{width - 16}" y1="{y}" y2="{y}"/>',
        f'<line class="interval" x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y}" y2="{y}"/>',
        f'<circle class="point" cx="{x(accuracy):.1f}" cy="{y}" r="5"/>',
        f'<text x="16" y="34" text-anchor="start">{escape(percent(0.0, 0))}</text>',
        f'<text x="{width - 16}" y="34" text-anchor="end">{escape(percent(1.0, 0))}</text>',
    ]
    return _svg(tr("Accuracy and its interval"), width, 40, parts)


def _svg(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    name = escape(title, quote=True)
    look = f'viewBox="0 0 {width} {height}" style="max-width: {width}px" role="img" aria-label="{name}"'
    return f"<svg {look}>{''.join(parts)}</svg>"
