"""What an advice says, in sentences: the same in the terminal and the window."""

from kt_gui.schema.advice import Advice, Aspect, Expected, Measure, Next, Part
from kt_gui.schema.events import Rehearsed
from kt_gui.schema.quantities import duration, gigabytes, with_interval
from kt_gui.schema.texts import listed, mark, prose, tr

ASPECTS: dict[Aspect, str] = {
    "source": mark("Source"),
    "freezing": mark("What learns"),
    "strength": mark("Pull"),
    "rate": mark("Learning rate"),
}
NEXT: dict[Next, str] = {
    "ranking": mark("Which source?"),
    "lambda": mark("Find λ"),
    "ladder": mark("Ask the freezing ladder"),
    "gain": mark("Does it help?"),
}
"""The buttons that tell what is not known yet."""
MEASURES: dict[Measure, str] = {
    "probe": mark("Expected by linear probes in five folds; the interval covers their pictures."),
    "folds": mark("Expected by the folds of the search for λ; the interval covers their pictures."),
    "tries": mark(
        "Expected by the folds of a study, as the best of its tries, which flatters a little; the interval covers "
        "their pictures."
    ),
    "seeds": mark("Expected on the test pictures; the interval covers the seeds of a study, not these pictures."),
}


def sentence(advice: Advice) -> str:
    """Say what to do and what to expect, in one sentence."""
    what = listed(part.value for part in advice.parts)
    if not advice.is_measured:
        return tr("Nothing was measured for this target yet. By rule of thumb: {what}.", what=what)
    if advice.expected is None:
        return tr("Use {what}. How good that gets was not measured yet.", what=what)
    return tr("Use {what}: expected {accuracy}.", what=what, accuracy=accuracy(advice.expected))


def accuracy(expected: Expected) -> str:
    """Write the accuracy that is expected, with its interval."""
    return with_interval(expected.accuracy, expected.low, expected.high)


def where_from(part: Part) -> str:
    """Say where a part comes from, in a word or two."""
    match part.basis:
        case "ranking":
            return tr("ranking")
        case "study":
            return tr("study {name}", name=part.name)
        case "rule":
            return tr("rule of thumb")
        case _:
            return tr("as it is, not measured")


def basis(advice: Advice) -> str:
    """Say how the accuracy was measured, and what the dry run told."""
    return prose((_measured(advice), _rehearsed(advice.rehearsed)))


def _measured(advice: Advice) -> str:
    if advice.expected is None:
        return ""
    if advice.expected.low is None:
        return tr("Expected on the test pictures, by a single seed of a study.")
    return tr(MEASURES[advice.expected.measure])


def _rehearsed(told: Rehearsed | None) -> str:
    if told is None:
        return ""
    if not told.fits:
        return tr("As it is set, it does not fit into the memory.")
    return tr(
        "As it is set, it takes {low} to {high} and {memory}.",
        low=duration(told.seconds_low),
        high=duration(told.seconds_high),
        memory=gigabytes(told.memory_needed),
    )
