"""What a search for the learning rate says, in sentences: the same in the terminal and the window."""

from collections.abc import Iterator

from kt_gui.schema.quantities import duration, number
from kt_gui.schema.rates import RateFound
from kt_gui.schema.texts import mark, prose, tr, trn

MEASURED = {
    "source": mark("Tried on a copy of the network with the source’s weights."),
    "start": mark("Tried on a copy of the network with the random weights that it starts from."),
    "stand_in": mark("Tried on a copy of the network with random weights in the source’s place."),
}


def headline(found: RateFound) -> str:
    """Say which rate is suggested, or why none is."""
    if found.suggestion is None:
        return tr("No clear answer")
    return tr("Learning rate {rate}", rate=number(found.suggestion))


def reason(found: RateFound) -> str:
    """Say how the rate was chosen, or what the curve shows instead."""
    match found.answer:
        case "flat":
            return tr("The loss wavers, and no rate lowers it clearly: what there is to learn is small, or too noisy.")
        case "rising":
            return tr(
                "No rate lowers the loss clearly before it grows: the network may know the task already, or the "
                "pictures are too few to tell."
            )
        case _:
            return _reason(found)


def _reason(found: RateFound) -> str:
    said = {"low": number(found.low), "high": number(found.high), "last": f"{found.rates[-1]:.2g}"}
    if found.answer == "open":
        return tr(
            "The loss falls well from {low} to {high}, and did not grow up to {last}: larger rates may do as well.",
            **said,
        )
    return tr(
        "The loss falls well from {low} to {high}: any rate between is reasonable. The one suggested keeps a factor of "
        "three from the upper end.",
        **said,
    )


def now(found: RateFound) -> str:
    """Say how the rate that is set stands to that."""
    rate = number(found.now)
    if found.low is None or found.high is None:
        return tr("It is {rate} now.", rate=rate)
    if found.now < found.low:
        return tr("It is {rate} now: learning may be slow.", rate=rate)
    if found.now > found.high and found.answer != "open":
        return tr("It is {rate} now: that may be too large.", rate=rate)
    return tr("It is {rate} now, which is reasonable, too.", rate=rate)


def measured(found: RateFound) -> str:
    """Say on what and how long rates were tried."""
    steps = trn(
        "{count} step in {time}; the experiment and its runs are as they were.",
        "{count} steps in {time}; the experiment and its runs are as they were.",
        len(found.rates),
        time=duration(found.seconds),
    )
    return tr("{weights} {steps}", weights=tr(MEASURED[found.weights]), steps=steps)


def reservation(found: RateFound) -> str:
    """Say why the answer is to be taken with care; empty where it need not."""
    if found.weights != "stand_in":
        return ""
    return tr("The source has not been trained yet, and trained weights often want a smaller rate.")


def remedy(found: RateFound) -> str:
    """Say what to do about that."""
    return tr("Run the experiment once, then ask again.") if found.weights == "stand_in" else ""


def sentences(found: RateFound) -> Iterator[str]:
    """All of it."""
    yield headline(found)
    yield reason(found)
    yield now(found)
    yield measured(found)
    if reservation(found):
        yield prose((reservation(found), remedy(found)))
