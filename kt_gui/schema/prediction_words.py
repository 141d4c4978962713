"""What is said of predictions in words, in the terminal and in the window alike: how to read them, and their sum."""

from collections.abc import Sequence

from kt_gui.schema.predictions import Novelty, PredictionsEnded
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import listed, thousands, tr, trn


def probabilities(temperature: float | None) -> str:
    """Say whether the probabilities mean what they say."""
    if temperature is None:
        return tr("The probabilities are not calibrated: there were no validation pictures to do it on.")
    told = number(temperature)
    return tr("The probabilities are calibrated on validation pictures (temperature {temperature}).", temperature=told)


def unlikeness(novelty: Novelty) -> str:
    """Say when a picture is unlike all that the network was trained on, or why that cannot be told."""
    if novelty.threshold is None:
        return tr(
            "Whether a picture is unlike all it was trained on cannot be told: {reason}.",
            reason=str(novelty.reason or ""),
        )
    return tr(
        "“Unlike” is what lies farther than {threshold} from its nearest training pictures (number {neighbour} of "
        "{pictures}), as 5 % of validation pictures do.",
        threshold=number(novelty.threshold),
        neighbour=novelty.neighbour,
        pictures=thousands(novelty.pictures),
    )


def summary(ended: PredictionsEnded) -> Sequence[str]:
    """Sum up: pictures by class, the most frequent first, how many are unlike, how many could not be read."""
    counted = sorted(((label, count) for label, count in ended.counts if count), key=lambda pair: -pair[1])
    said = listed(f"{label} {thousands(count)}" for label, count in counted)
    lines = [trn("{count} picture: {said}.", "{count} pictures: {said}.", ended.predicted, said=said)]
    if ended.unlike:
        lines.append(
            trn(
                "{count} of them is unlike anything it was trained on.",
                "{count} of them are unlike anything it was trained on.",
                ended.unlike,
            )
        )
    if ended.unread:
        lines.append(trn("{count} file could not be read.", "{count} files could not be read.", ended.unread))
    if ended.stopped:
        lines.append(tr("Stopped before all pictures were looked at."))
    return lines
