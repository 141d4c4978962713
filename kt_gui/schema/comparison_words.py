"""What a comparison of runs found, in sentences: the window and the terminal say it alike."""

from collections.abc import Sequence

from kt_gui.schema.comparisons import Contender, Matched, Repeated, Setting, Turned
from kt_gui.schema.quantities import percent, with_interval, with_spread
from kt_gui.schema.texts import thousands, tr, trn

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLEAR, SMALLEST = 0.05, 0.0001
"""A p below which a difference is hardly chance, and one below which its size says no more."""


def letter(place: int) -> str:
    """Name a run by its place: A, B, ..., Z, A2, B2, ..."""
    turn, rest = divmod(place, len(LETTERS))
    return LETTERS[rest] + (str(turn + 1) if turn else "")


def setting_title(setting: Setting) -> str:
    """Say the way to a setting: `Training › Optimiser › Learning rate`."""
    return " › ".join(tr(title) for title in setting.titles)


def accuracy(run: Contender) -> str:
    """Write a run's test accuracy with its interval."""
    return with_interval(run.accuracy, run.low, run.high)


def repetition(group: Repeated) -> str:
    """Write a group's mean accuracy, how far its runs scatter, and how sure the mean is."""
    if group.mean is None:
        return "–"
    if group.sd is None or group.low is None or group.high is None:
        return tr("{mean} (one run)", mean=percent(group.mean))
    return tr(
        "{mean} ± {sd} over {count} seeds (95 % interval of the mean {low}–{high})",
        mean=percent(group.mean),
        sd=f"{100 * group.sd:.1f}",
        count=group.tested,
        low=f"{100 * group.low:.1f}",
        high=f"{100 * group.high:.1f}",
    )


def repetition_short(group: Repeated) -> str:
    """Write a group's mean accuracy ± the standard deviation of one run, and how many there are."""
    return with_spread(group.mean, group.sd, group.tested)


def disagreement(matched: Matched, first: str, second: str) -> str:
    """Say how many pictures each has right that the other has wrong."""
    return trn(
        "{second} gets {count} picture right that {first} gets wrong, {first} {other} that {second} gets wrong.",
        "{second} gets {count} pictures right that {first} gets wrong, {first} {other} that {second} gets wrong.",
        matched.test.only_second,
        first=first,
        second=second,
        other=thousands(matched.test.only_first),
    )


def chance(matched: Matched) -> str:
    """Say how likely that is by chance alone."""
    p = p_value(matched.test.p)
    if matched.test.p < CLEAR:
        return tr("p {p} (McNemar, exact): hardly chance.", p=p)
    return tr("p {p} (McNemar, exact): it may be chance.", p=p)


def p_value(p: float) -> str:
    """Write a p behind its sign, with two digits that count: `= 0.064`, `< 0.0001`."""
    return f"< {SMALLEST:g}" if p < SMALLEST else f"= {p:.2g}"


def difference(matched: Matched, first: str, second: str) -> str:
    """Say the difference of the two accuracies, with its interval."""
    test = matched.test
    return tr(
        "{second} − {first}: {difference} points (95 % interval {low} to {high}).",
        first=first,
        second=second,
        difference=points(test.difference),
        low=points(test.low),
        high=points(test.high),
    )


def interval(matched: Matched, first: str, second: str) -> str:
    """Say of what the difference is, and where it may well lie."""
    values = {"low": points(matched.test.low), "high": points(matched.test.high)}
    return tr("{second} − {first}, 95 % interval {low} to {high}", first=first, second=second, **values)


def points(share: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return f"{100 * share:+.1f}".replace("-", "−")


def scope(matched: Matched, first: str, second: str) -> str:
    """Say on which pictures two runs are compared, and that they are not all, where it is so."""
    said = trn("On the {count} test picture of both", "On the {count} test pictures of both", matched.pictures)
    left = [(name, count) for name, count in zip((first, second), matched.left_out, strict=True) if count]
    if not left:
        return tr("{said}.", said=said)
    others = [tr("{count} of {name}", count=thousands(count), name=name) for name, count in left]
    return tr("{said}; {others} are not in the other's test.", said=said, others=tr(" and ").join(others))


def turned(each: Turned) -> str:
    """Write a picture that changed sides in a line."""
    return tr(
        "{name} ({label}): {first} → {second}",
        name=each.picture.name,
        label=each.picture.label,
        first=each.first,
        second=each.picture.predicted,
    )


def members(group: Repeated) -> str:
    """Name the runs of a group by their letters: `A, C`, or `A–E` where they follow each other."""
    first, last = group.members[0], group.members[-1]
    if len(group.members) > 2 and last - first == len(group.members) - 1:
        return f"{letter(first)}–{letter(last)}"
    return ", ".join(letter(place) for place in group.members)


def has_repetitions(groups: Sequence[Repeated]) -> bool:
    """Whether any of the groups holds more than one run."""
    return any(len(group.members) > 1 for group in groups)
