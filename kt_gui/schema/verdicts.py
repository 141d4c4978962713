"""What an evaluation says, in sentences for people without statistics: the same in the terminal and the window."""

from collections.abc import Iterator

from kt_gui.schema.datasets import called
from kt_gui.schema.evaluations import ClassScore, Evaluated, Matching, Scores
from kt_gui.schema.events import Result
from kt_gui.schema.quantities import percent
from kt_gui.schema.summaries import describe_data
from kt_gui.schema.texts import listed, thousands, tr, trn

FEW = 3
"""Mistakes of one kind that are worth a word."""
LARGE = 0.2
"""A kind of mistake that makes so large a share of all is named."""
NAMED = 5
"""Classes that are named; of more only the number is said."""


def verdict(result: Result) -> str:
    """Say the test accuracy a run ended with in a sentence, with its interval."""
    if result.target_accuracy is None:
        return tr("The test pictures were not looked at.")
    if result.target_interval is None or result.target_tested is None:
        return tr("{accuracy} of the test pictures are right", accuracy=percent(result.target_accuracy))
    return _of_test(result.target_accuracy, result.target_tested, *result.target_interval)


def sentence(evaluated: Evaluated) -> str:
    """Say what part of the pictures is right, with its interval."""
    scores = evaluated.scores
    if evaluated.part == "test":
        return _of_test(scores.accuracy, scores.total, scores.low, scores.high)
    return trn(
        "{accuracy} of {count} picture of {data} is right (95 % interval {low}–{high})",
        "{accuracy} of {count} pictures of {data} are right (95 % interval {low}–{high})",
        scores.total,
        accuracy=percent(scores.accuracy),
        data=called(evaluated.title) or describe_data(evaluated.data),
        low=f"{100 * scores.low:.1f}",
        high=f"{100 * scores.high:.1f}",
    )


def _of_test(accuracy: float, total: int, low: float, high: float) -> str:
    return trn(
        "{accuracy} of {count} test picture is right (95 % interval {low}–{high})",
        "{accuracy} of {count} test pictures are right (95 % interval {low}–{high})",
        total,
        accuracy=percent(accuracy),
        low=f"{100 * low:.1f}",
        high=f"{100 * high:.1f}",
    )


def stands_out(scores: Scores) -> str:
    """Say the one thing about the mistakes that a person should know first; nothing where there is no mistake."""
    if scores.correct == scores.total:
        return ""
    return _no_better_than_guessing(scores) or _confused(scores) or _weakest(scores)


def _no_better_than_guessing(scores: Scores) -> str:
    """Always answering the largest class is the least that a network must beat."""
    largest = max(scores.classes, key=lambda each: each.support)
    share = largest.support / scores.total
    if scores.low > share or largest.support == scores.total:
        return ""
    return tr(
        "That is not clearly better than always answering “{name}”, which would be right for {share}.",
        name=largest.name,
        share=percent(share),
    )


def _confused(scores: Scores) -> str:
    """The most frequent confusion, where it makes a good part of all mistakes."""
    count, true, predicted = max(_confusions(scores))
    if count < max(FEW, LARGE * (scores.total - scores.correct)):
        return ""
    return tr(
        "Most often “{true}” is taken for “{predicted}”: {count} of its {total} pictures.",
        count=thousands(count),
        true=scores.classes[true].name,
        predicted=scores.classes[predicted].name,
        total=thousands(scores.classes[true].support),
    )


def confusions(scores: Scores, most: int) -> list[tuple[int, str, str]]:
    """List the most frequent confusions: how often, of which class, taken for which."""
    ordered = sorted(_confusions(scores), key=lambda each: (-each[0], *each[1:]))
    names = [each.name for each in scores.classes]
    return [(count, names[true], names[predicted]) for count, true, predicted in ordered[:most]]


def _confusions(scores: Scores) -> Iterator[tuple[int, int, int]]:
    for true, row in enumerate(scores.confusion):
        for predicted, count in enumerate(row):
            if count and true != predicted:
                yield count, true, predicted


def _weakest(scores: Scores) -> str:
    """The class with the smallest share of right answers; of equal ones that with most pictures."""
    weakest = min((each for each in scores.classes if each.recall is not None), key=_strength)
    return trn(
        "It is weakest on “{name}”: {share} of {count} picture is right.",
        "It is weakest on “{name}”: {share} of {count} pictures are right.",
        weakest.support,
        name=weakest.name,
        share=percent(weakest.recall or 0.0),
    )


def _strength(each: ClassScore) -> tuple[float, int]:
    return each.recall or 0.0, -each.support


def reservations(matching: Matching) -> Iterator[str]:
    """Say what a person must know of another data set before believing its numbers, a sentence each."""
    if matching.unknown:
        left = trn("{count} picture was left out", "{count} pictures were left out", matching.left_out)
        said = {"classes": _named(matching.unknown), "left": left}
        yield tr("The network does not know these classes, so {left}: {classes}.", **said)
    if matching.missing:
        yield tr("No picture is of these classes: {classes}.", classes=_named(matching.missing))
    if matching.learnt:
        yield trn(
            "It has learnt from {count} of these pictures: the accuracy may look better than it is.",
            "It has learnt from {count} of these pictures: the accuracy may look better than it is.",
            matching.learnt,
        )


def _named(names: tuple[str, ...]) -> str:
    rest = len(names) - NAMED
    return listed([*names[:NAMED], trn("{count} more", "{count} more", rest) if rest > 0 else ""])
