"""One diagnosis of a run that is over, from its curves, with one cure. Pure.

Rules, not a model: each looks at one way to fail, in the order in which one hides the next. Losses are held against
that of guessing (ln of the number of classes), so that one threshold does for any number of classes. Every threshold
is meant to keep silent where one is not sure.
"""

from collections.abc import Callable

from kt_gui.schema.diagnoses import Diagnosis, Finding
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import Message, mark
from kt_gui.studies import cures
from kt_gui.studies.course import WINDOW, Course, Doubts, smooth

WORSE = 1.2
"""Times the loss of guessing. Few pictures or a head that was kept may begin a little above 1; what learns well does
not come back there."""
SWING = 0.25
"""Share of the loss of guessing by which a loss must rise and fall again to have swung: more than the noise of some
dozens of validation pictures."""
FEW_JUDGES = 30
"""Validation pictures, below which their loss swings for their number alone."""
SWINGS = 0.05
"""Share of the epochs, two at least, that must have swung: one leap may be chance."""
DOUBTED = 0.25
"""Share of the labels that are taken for wrong. Confident learning doubts some of every hard set: of 14 kinds of emoji
18 % (measured), where none is wrong."""
FIRM, SURE = 0.1, 0.4
"""Or the share of the labels that are doubted firmly, and their share of all that look like another class. A hard
picture leaves the judge unsure, a wrong label does not: measured, 0.15 and 0.53 where 30 % of the labels were wrong,
0.10 and 0.30 at most where none was."""
RISE = 0.1
"""Share of the loss of guessing by which the validation loss must end above its lowest, so that it is worth a word."""
RISE_OF_LOWEST = 0.15
"""And of the lowest itself, so that a high one is not told of for its noise."""
FALL = 0.9
"""What the training loss falls to meanwhile, of what it was: else both got worse, which is not learning by heart."""
GAP = 0.1
"""Training accuracy over validation accuracy, from which on they differ."""
POOR = 0.5
"""Share of the loss of guessing that a training loss stays above where too little was learnt."""
BETTER = 0.05
"""Share of itself that a training loss must still have lost in the last third, for more epochs to be worth while."""
STILL = 0.3
"""Share of the loss of guessing that a training must have taken off its loss to have moved at all."""
HELD = 0.1
"""Share of the training loss that λ‖θ'−θ‖² must have, for λ to be what holds it."""
LONG = 20
"""Epochs from which on a training that moves everything has had its chance to learn its own pictures."""
BRIEF, FEW_STEPS = 4, 300
"""Epochs, and steps, below which nobody can tell whether it had come to rest: all that such a training lacks for
certain is time."""


def diagnose(course: Course) -> Diagnosis:
    """Say the first that holds: a rate too high, labels that are wrong, learnt by heart, learnt too little (a rate too
    low, too few epochs, frozen or held too much), or that nothing stands out.
    """
    for rule in _RULES:
        found = rule(course)
        if found is not None:
            return found
    return _fine(course)


def _has_run_away(course: Course) -> Diagnosis | None:
    if not course.has_run_away:
        return None
    rate = course.training.optimiser.learning_rate
    why = Message(mark("The loss ran away: steps of {rate} are too large."), {"rate": number(rate)})
    return _calmed(course, why)


def _swings(course: Course) -> Diagnosis | None:
    """Worse than guessing, and back again, in several epochs."""
    swung = [epoch for epoch in range(1, len(course.epochs)) if _has_swung(course, epoch)]
    if len(swung) < max(2, SWINGS * len(course.epochs)):
        return None
    worst = max(max(course.train[epoch], course.validation[epoch]) for epoch in swung)
    why = Message(
        mark(
            "Its loss leapt above that of guessing ({chance}), up to {worst}, and fell again in {count} of {epochs} "
            "epochs: steps of {rate} are too large."
        ),
        {
            "chance": number(course.chance),
            "worst": number(worst),
            "count": len(swung),
            "epochs": len(course.epochs),
            "rate": number(course.training.optimiser.learning_rate),
        },
    )
    return _calmed(course, why)


def _calmed(course: Course, why: Message) -> Diagnosis:
    """Smaller steps; or a weaker pull, where that is out of all proportion."""
    if cures.pulls_too_hard(course):
        said = mark("The loss swings or ran away: λ = {strength} is out of all proportion.")
        why = Message(said, {"strength": number(course.experiment.transfer.strength)})
        return _prescribed("rate", why, cures.weaker_pull(course))
    return _prescribed("rate", why, cures.rate(course, cures.LOWER))


def _has_swung(course: Course, epoch: int) -> bool:
    """Whether a loss stood out there: over what was before and what came after, and over guessing. What the network
    knows by heart is right in training: its validation loss may rise for that, and says nothing of the rate.
    """
    if course.begins_anew(epoch):
        return False
    bound, swing = WORSE * course.chance, SWING * course.chance
    is_silent = course.train[epoch] < SWING * course.chance or course.judges < FEW_JUDGES
    curves = [course.train] if is_silent else [course.train, course.validation]
    return any(
        losses[epoch] > max(bound, min(losses[:epoch]) + swing) and min(losses[epoch:]) + swing < losses[epoch]
        for losses in curves
    )


def _doubts(course: Course) -> Diagnosis | None:
    doubts = course.doubts
    if doubts is None or not _are_many(doubts):
        return None
    why = Message(
        mark("{count} of {total} labels that were looked at are probably wrong ({share})."),
        {"count": doubts.labels, "total": doubts.judged, "share": percent(doubts.labels / doubts.judged, 0)},
    )
    return cures.look_at_labels("noise", why)


def _are_many(doubts: Doubts) -> bool:
    is_firm = doubts.firm >= max(FIRM * doubts.judged, SURE * doubts.against)
    return doubts.labels > 0 and (is_firm or doubts.labels >= DOUBTED * doubts.judged)


def _by_heart(course: Course) -> Diagnosis | None:
    if len(course.epochs) < 2 * WINDOW:
        return None
    validation, train = smooth(course.validation), smooth(course.train)
    place = min(range(len(validation)), key=lambda epoch: validation[epoch])
    low, end = validation[place], validation[-1]
    is_risen = end - low > max(RISE * course.chance, RISE_OF_LOWEST * low)
    is_learnt = train[-1] < FALL * train[place] and course.right - course.judged > GAP
    if not is_risen or not is_learnt:
        return None
    why = Message(
        mark(
            "After epoch {epoch} its validation loss rose from {low} to {end}, while its training loss fell from "
            "{before} to {train}."
        ),
        {
            "epoch": place + 1,
            "low": number(low),
            "end": number(end),
            "before": number(train[place]),
            "train": number(train[-1]),
        },
    )
    return _prescribed("overfit", why, cures.hold_more(course))


def _too_little(course: Course) -> Diagnosis | None:
    """Its own training pictures are not learnt: why not?"""
    if not course.epochs or not course.is_plain or course.level < POOR * course.chance:
        return None
    if len(course.epochs) * course.steps_per_epoch < FEW_STEPS:
        return _more_epochs(course)
    for rule in (_goes_on, _is_frozen, _stands_still, _is_held):
        found = rule(course)
        if found is not None:
            return found
    return _cannot(course) if len(course.epochs) >= LONG else _more_epochs(course)


def _goes_on(course: Course) -> Diagnosis | None:
    """Still getting better, or over before anybody could tell."""
    if len(course.epochs) < BRIEF:
        return _more_epochs(course)
    before = smooth(course.train)[-1 - len(course.epochs) // 3]
    third = course.validation[-1 - len(course.epochs) // 3 :]
    is_better = course.level < (1 - BETTER) * before and min(third[1:]) < third[0]
    has_moved = course.train[0] - course.level > STILL * course.chance
    if not is_better or not has_moved:
        return None
    why = Message(
        mark("It was getting better until it ended: its training loss fell from {before} to {end} in the last third."),
        {"before": number(before), "end": number(course.level)},
    )
    return _prescribed("underfit", why, cures.more_epochs(course))


def _more_epochs(course: Course) -> Diagnosis:
    why = Message(
        mark("When it ended, after epoch {epochs}, its training loss was still {loss}; guessing has {chance}."),
        {"epochs": len(course.epochs), "loss": number(course.level), "chance": number(course.chance)},
    )
    return _prescribed("underfit", why, cures.more_epochs(course))


def _is_frozen(course: Course) -> Diagnosis | None:
    """Training and validation are equally poor, and what could learn more may not."""
    if not course.frozen or course.right - course.judged > GAP:
        return None
    why = Message(
        mark(
            "It came to rest with only {train} of its training pictures right ({validation} in validation), while "
            "{frozen} of {blocks} blocks were frozen."
        ),
        {
            "train": percent(course.right),
            "validation": percent(course.judged),
            "frozen": course.frozen,
            "blocks": len(course.blocks),
        },
    )
    return cures.unfreeze(course, why)


def _stands_still(course: Course) -> Diagnosis | None:
    fallen = course.train[0] - course.level
    if fallen > STILL * course.chance:
        return None
    why = Message(
        mark(
            "In {epochs} epochs its training loss hardly moved, from {first} to {end}: steps of {rate} are too small."
        ),
        {
            "epochs": len(course.epochs),
            "first": number(course.train[0]),
            "end": number(course.level),
            "rate": number(course.training.optimiser.learning_rate),
        },
    )
    return _prescribed("rate", why, cures.rate(course, cures.HIGHER))


def _is_held(course: Course) -> Diagnosis | None:
    """A strong pull keeps what may learn from learning: it is a good part of what is minimised."""
    penalty = course.epochs[-1].penalty or 0.0
    if course.phase != "finetuning" or penalty < HELD * course.level:
        return None
    why = Message(
        mark("It came to rest with only {train} of its training pictures right, held to the source by λ = {strength}."),
        {"train": percent(course.right), "strength": number(course.experiment.transfer.strength)},
    )
    return _prescribed("underfit", why, cures.weaker_pull(course))


def _cannot(course: Course) -> Diagnosis:
    why = Message(
        mark(
            "It came to rest with only {train} of its training pictures right, though nothing holds it: labels may be "
            "wrong, or pictures too small to tell."
        ),
        {"train": percent(course.right)},
    )
    return cures.look_at_labels("underfit", why)


def _fine(course: Course) -> Diagnosis:
    if not course.epochs:
        return Diagnosis(finding="unknown", why=Message(mark("No epoch has ended.")))
    values = {
        "train": percent(course.right),
        "validation": percent(course.judged),
        "end": number(smooth(course.validation)[-1]),
        "low": number(min(smooth(course.validation))),
    }
    said = mark(
        "Over its last epochs {train} of its training pictures were right and {validation} in validation; the "
        "validation loss is {end}, at its lowest it was {low}."
    )
    if course.right > course.judged + GAP:
        said = mark(
            "Over its last epochs {train} of its training pictures were right and {validation} in validation, whose "
            "loss ({end}, at its lowest {low}) has not risen for that: more pictures would close the gap."
        )
    return Diagnosis(finding="fine", why=Message(said, values))


def _prescribed(finding: Finding, why: Message, cure: tuple[Experiment, Message]) -> Diagnosis:
    changed, says = cure
    return Diagnosis(finding=finding, why=why, cure="experiment", says=says, experiment=changed)


_RULES: tuple[Callable[[Course], Diagnosis | None], ...] = (_has_run_away, _swings, _doubts, _by_heart, _too_little)
