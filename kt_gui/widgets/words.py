"""The words for values and units of an experiment file, and one line for a record's present values."""

from typing import Any

from kt_gui.schema import tuning_words
from kt_gui.schema.choices import (
    SGD,
    Adam,
    AdamW,
    Constant,
    Cosine,
    CustomAugmentation,
    OneCycle,
    Step,
)
from kt_gui.schema.experiment import Split, Training
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import listed, mark, thousands, tr, trn
from kt_gui.schema.tuning import Betas, Freezings, LearningRates, Strengths, WeightDecays
from kt_gui.studies.settings import options
from kt_gui.widgets.record_fields import tag

_WORDS = {
    "learning_rate": mark("learning rate"),
    "freezing": mark("freezing"),
    "lambda": mark("λ"),
    "beta": mark("β"),
    "weight_decay": mark("weight decay"),
    "penalised": mark("what λ holds"),
    "nothing": mark("none"),
    "sgd": mark("SGD"),
    "adam": mark("Adam"),
    "adamw": mark("AdamW"),
    "constant": mark("constant"),
    "step": mark("step"),
    "cosine": mark("cosine"),
    "one_cycle": mark("one cycle"),
    "automatic": mark("automatic"),
    "auto": mark("automatic"),
    "none": mark("none"),
    "custom": mark("own recipe"),
    "horizontal": mark("horizontal"),
    "both": mark("both ways"),
    "shift": mark("shift"),
    "zoom": mark("zoom"),
    "class": mark("class"),
    "group": mark("group"),
    "all": mark("everything"),
    "weights": mark("weights only"),
    "train": mark("new data's"),
    "eval": mark("source's"),
    "contiguous": mark("usual"),
    "channels_last": mark("channels last"),
    "best": mark("best"),
    "last": mark("last"),
    "source": mark("source"),
    "epochs": mark("epochs"),
    "pictures": mark("pictures"),
    "parts": mark("parts"),
    "px": mark("px"),
}
_WITHOUT = {
    "seed": mark("as the experiment's"),
    "per_class": mark("all"),
    "patience": mark("never"),
    "clip": mark("none"),
    "image_size": mark("what suits"),
}


def word(value: str) -> str:
    """Say a kind, an allowed value or a unit in the user's language; what has no word stays as it is."""
    return tr(_WORDS.get(value, value))


def without(field: str) -> str:
    """Say what holds where an optional field is left out."""
    return tr(_WITHOUT.get(field, mark("off")))


def summarise(value: Any) -> str:
    """Say a value of an experiment in a few words: `SGD, momentum 0.9, 0.02`."""
    match value:
        case SGD() | Adam() | AdamW():
            return _optimiser(value)
        case Constant() | Step() | Cosine() | OneCycle():
            return _schedule(value)
        case CustomAugmentation():
            return _recipe(value)
        case Strengths() | Betas() | WeightDecays() if value.zero:
            return tr(
                "{name}, 0 and {low} to {high}", name=word(tag(value)), low=number(value.low), high=number(value.high)
            )
        case LearningRates() | Strengths() | Betas() | WeightDecays():
            return tr("{name}, {low} to {high}", name=word(tag(value)), low=number(value.low), high=number(value.high))
        case Freezings():
            return tr(
                "freezing: {strategies}", strategies=listed([tuning_words.value(each) for each in options(value) or ()])
            )
        case Training():
            return tr("{epochs} epochs of {batch}", epochs=value.epochs, batch=value.batch_size)
        case Split():
            return tr("{part} validation, {rest} test", part=percent(value.validation), rest=percent(value.test))
        case _:
            return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case None:
            return tr("off")
        case bool():
            return tr("on") if value else tr("off")
        case int():
            return thousands(value)
        case float():
            return number(value)
        case str():
            return word(value)
        case _:
            return word(tag(value))


def _optimiser(rule: SGD | Adam | AdamW) -> str:
    rate = number(rule.learning_rate)
    match rule:
        case SGD(momentum=0.0):
            return tr("SGD, {rate}", rate=rate)
        case SGD(nesterov=True):
            return tr("SGD, Nesterov {momentum}, {rate}", momentum=number(rule.momentum), rate=rate)
        case SGD():
            return tr("SGD, momentum {momentum}, {rate}", momentum=number(rule.momentum), rate=rate)
        case _:
            return tr("{name}, {rate}", name=word(tag(rule)), rate=rate)


def _schedule(schedule: Constant | Step | Cosine | OneCycle) -> str:
    match schedule:
        case OneCycle(climb=climb):
            return tr("one cycle, climbing for {share}", share=percent(climb))
        case Step(factor=factor, every=every):
            return tr("step, ×{factor} every {count} epochs", factor=number(factor), count=every)
        case _ if schedule.warmup_epochs:
            return tr("{name}, {epochs} warm-up", name=word(tag(schedule)), epochs=number(schedule.warmup_epochs))
        case _:
            return word(tag(schedule))


def _recipe(recipe: CustomAugmentation) -> str:
    said = (
        (recipe.flip != "none", tr("flip {how}", how=word(recipe.flip))),
        (recipe.crop != "none", word(recipe.crop)),
        (recipe.colour > 0, tr("colour {amount}", amount=number(recipe.colour))),
        (recipe.rand_augment > 0, trn("{count} random change", "{count} random changes", recipe.rand_augment)),
        (recipe.mixup > 0, tr("mixup {amount}", amount=number(recipe.mixup))),
        (recipe.cutmix > 0, tr("CutMix {amount}", amount=number(recipe.cutmix))),
    )
    return listed(text for is_used, text in said if is_used) or tr("none")
