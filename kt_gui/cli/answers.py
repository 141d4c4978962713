"""Tells a person what a network says of pictures: one line a picture, and a few at the end."""

from kt_gui.schema.prediction_words import probabilities, summary, unlikeness
from kt_gui.schema.predictions import Predicted, PredictionsBegan, PredictionsEnded, PredictionsSaved, Unread
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import listed, one_line, tr, trn

Answer = PredictionsBegan | Predicted | Unread | PredictionsEnded | PredictionsSaved


def line(event: Answer) -> str:
    """Put an event into a line, or a few."""
    match event:
        case PredictionsBegan():
            return "\n".join((probabilities(event.temperature), unlikeness(event.novelty)))
        case Predicted():
            return _predicted(event)
        case Unread():
            return "\n".join(
                tr("{name} could not be read: {reason}", name=one_line(each.name), reason=str(each.reason))
                for each in event.skipped
            )
        case PredictionsEnded():
            return "\n".join(summary(event))
        case PredictionsSaved():
            return trn("{count} row is in {path}.", "{count} rows are in {path}.", event.pictures, path=event.path)


def _predicted(event: Predicted) -> str:
    name, guesses = one_line(event.name), listed(f"{guess.label} {percent(guess.probability)}" for guess in event.top)
    if event.is_unlike:
        return tr("{name}: {guesses} (unlike anything it was trained on)", name=name, guesses=guesses)
    return tr("{name}: {guesses}", name=name, guesses=guesses)
