"""Tells a person what a network says of pictures: one line a picture, and a few at the end."""

from collections.abc import Sequence

from kt_gui.schema.predictions import Predicted, PredictionsBegan, PredictionsEnded, PredictionsSaved, Unread
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import listed, tr, trn

Answer = PredictionsBegan | Predicted | Unread | PredictionsEnded | PredictionsSaved


def line(event: Answer) -> str:
    """Put an event into a line, or a few."""
    match event:
        case PredictionsBegan():
            return "\n".join(reading(event))
        case Predicted():
            return _predicted(event)
        case Unread():
            return "\n".join(
                tr("{name} could not be read: {reason}", name=each.name, reason=str(each.reason))
                for each in event.skipped
            )
        case PredictionsEnded():
            return "\n".join(_ended(event))
        case PredictionsSaved():
            return trn("{count} row is in {path}.", "{count} rows are in {path}.", event.pictures, path=event.path)


def reading(event: PredictionsBegan) -> Sequence[str]:
    """Say how the answers are to be read: what the probabilities are, and when a picture is unlike all others."""
    novelty = event.novelty
    calibrated = (
        tr("The probabilities are not calibrated.")
        if event.temperature is None
        else tr(
            "The probabilities are calibrated on validation pictures (temperature {temperature}).",
            temperature=number(event.temperature),
        )
    )
    unlike = (
        tr("Whether a picture is unlike all it was trained on cannot be told: {reason}.", reason=str(novelty.reason))
        if novelty.threshold is None
        else trn(
            "“Unlike” is a picture farther than {threshold} from its nearest training pictures (number {neighbour} of "
            "{count}): 5 % of validation pictures are.",
            "“Unlike” is a picture farther than {threshold} from its nearest training pictures (number {neighbour} of "
            "{count}): 5 % of validation pictures are.",
            novelty.pictures,
            threshold=number(novelty.threshold),
            neighbour=novelty.neighbour,
        )
    )
    return calibrated, unlike


def _predicted(event: Predicted) -> str:
    guesses = listed(f"{guess.label} {percent(guess.probability)}" for guess in event.top)
    if event.is_unlike:
        return tr("{name}: {guesses} (unlike anything it was trained on)", name=event.name, guesses=guesses)
    return tr("{name}: {guesses}", name=event.name, guesses=guesses)


def _ended(event: PredictionsEnded) -> list[str]:
    counted = sorted(((label, count) for label, count in event.counts if count), key=lambda pair: -pair[1])
    counts = listed(f"{label} {count}" for label, count in counted)
    lines = [trn("{count} picture: {counts}.", "{count} pictures: {counts}.", event.predicted, counts=counts)]
    if event.unlike:
        lines.append(
            trn(
                "{count} of them is unlike anything it was trained on.",
                "{count} of them are unlike anything it was trained on.",
                event.unlike,
            )
        )
    if event.unread:
        lines.append(trn("{count} file could not be read.", "{count} files could not be read.", event.unread))
    if event.stopped:
        lines.append(tr("Stopped before all pictures were looked at."))
    return lines
