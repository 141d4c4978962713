"""Who is first in a gain study, and what is left of the source, in sentences: for the terminal and the window."""

from collections.abc import Iterator

from kt_gui.schema.quantities import duration, number, percent
from kt_gui.schema.study_answers import GainVerdict, Reached
from kt_gui.schema.texts import listed, mark, tr, trn

ARMS = {
    "transfer": mark("transfer"),
    "features": mark("features only"),
    "scratch": mark("from scratch"),
}


def points(share: float) -> str:
    """Write a difference of shares in points, with its sign; no bound of one lies beyond 100, however few the seeds."""
    return f"{100 * min(max(share, -1.0), 1.0):+.1f}".replace("-", "−")


def raced(reached: tuple[Reached, ...], *, by_epochs: bool = False, counts_source: bool = False) -> str:
    """Say when each arm has what learning from scratch ends with; empty where nobody can be timed."""
    if not reached or all(_when(each, by_epochs=by_epochs, counts_source=counts_source) is None for each in reached):
        return ""
    told = [_arrival(each, by_epochs=by_epochs, counts_source=counts_source) for each in reached]
    return tr("What scratch ends with is reached by {arms}.", arms=listed(told))


def _when(reached: Reached, *, by_epochs: bool, counts_source: bool) -> float | None:
    time = reached.epochs if by_epochs else reached.seconds
    if time is None or by_epochs or not counts_source:
        return time
    return time + (reached.source_seconds or 0.0)


def _arrival(reached: Reached, *, by_epochs: bool, counts_source: bool) -> str:
    time, arm = _when(reached, by_epochs=by_epochs, counts_source=counts_source), tr(ARMS[reached.arm])
    if time is None:
        return tr("{arm} never", arm=arm)
    if by_epochs:
        return tr("{arm} after {count} epochs", arm=arm, count=number(time))
    return tr("{arm} after {time}", arm=arm, time=duration(time))


def remembered(verdict: GainVerdict) -> str:
    """Say what transfer leaves of the source, or why that is not known; empty where nobody asked."""
    found = verdict.forgetting
    if found is None:
        return verdict.unrecalled
    return tr(
        "Of the source's test pictures {before} were right before the transfer and {after} are after it: {change}.",
        before=percent(found.before),
        after=percent(found.after),
        change=change(verdict),
    )


def change(verdict: GainVerdict) -> str:
    """Write what was forgotten, in points, with its interval; empty where it is not known."""
    found = verdict.forgetting
    if found is None:
        return ""
    seeds = trn("{count} seed", "{count} seeds", found.seeds)
    if found.low is None or found.high is None:
        return tr("{mean} points ({seeds})", mean=points(found.mean), seeds=seeds)
    inside = tr("95 % interval {low} to {high}", low=points(found.low), high=points(found.high))
    return tr("{mean} points ({inside})", mean=points(found.mean), inside=listed((inside, seeds)))


def told(verdict: GainVerdict) -> Iterator[str]:
    """Say both, as far as they are known: with the clock, and with what the source has taken."""
    said = [raced(verdict.reached)]
    sources = [each.source_seconds for each in verdict.reached if each.source_seconds is not None]
    if sources and said[0]:
        said.append(tr("Before that, the source was learnt in {time}.", time=duration(max(sources))))
    yield from (each for each in (*said, remembered(verdict)) if each)
