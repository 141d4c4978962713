"""What a tuning tells, in sentences: the same in the terminal and the window."""

from collections.abc import Iterator, Sequence

from kt_gui.schema import freezing
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import listed, mark, prose, tr, trn
from kt_gui.schema.tuning import Setting, SettingName, Try, TuningVerdict, Value

NAMES: dict[SettingName, str] = {
    "learning_rate": mark("learning rate"),
    "freezing": mark("freezing"),
    "lambda": "λ",
    "beta": "β",
    "weight_decay": mark("weight decay"),
    "penalised": mark("λ holds"),
}
PENALISED = {"all": mark("every parameter"), "weights": mark("kernels only")}


def name(setting: SettingName) -> str:
    """Call a setting."""
    return tr(NAMES[setting])


def value(found: Value) -> str:
    """Write what a setting is."""
    match found:
        case float():
            return number(found)
        case str():
            return tr(PENALISED[found])
        case _:
            return freezing.name(found)


def setting(found: Setting) -> str:
    """Write a setting: `learning rate 0.01`; a freezing strategy names itself."""
    if found.name == "freezing":
        return value(found.value)
    return f"{name(found.name)} {value(found.value)}"


def settings(found: Sequence[Setting]) -> str:
    """Write one or two settings."""
    return listed([setting(each) for each in found])


def values(found: Sequence[Setting]) -> str:
    """Write what one or two settings are, where their names stand elsewhere."""
    return listed([value(each.value) for each in found])


def on_log_scale(name: str) -> str:
    """Name a scale that is logarithmic."""
    return tr("{symbol}, log scale", symbol=name)


def loss(found: Try) -> str:
    """Write a mean and its standard error."""
    if found.mean is None:
        return "–"
    return number(found.mean) if found.error is None else f"{found.mean:.3f} ± {found.error:.3f}"


def answer(verdict: TuningVerdict) -> str:
    """Say which settings to use."""
    if verdict.chosen is None:
        return tr("No try was judged on every fold, so that none can be recommended.")
    return tr("Use {settings}", settings=settings(verdict.tries[verdict.chosen].settings))


def why(verdict: TuningVerdict) -> str:
    """Say by which rule they were chosen, and which simpler ones are hardly worse."""
    if verdict.best is None or verdict.chosen is None:
        return tr("A try can be chosen once all of its folds were run.")
    best = verdict.tries[verdict.best]
    if verdict.chosen != verdict.best:
        return tr(
            "It is the strongest within one standard error of the lowest validation loss, {loss} at {best}.",
            loss=loss(best),
            best=settings(best.settings),
        )
    text = tr("Of {count} tries it has the lowest validation loss, {loss}.", count=len(verdict.tries), loss=loss(best))
    return prose((text, _simpler(verdict)))


def _simpler(verdict: TuningVerdict) -> str:
    if not verdict.simpler:
        return tr("Nothing simpler is within one standard error.")
    first = min((verdict.tries[place] for place in verdict.simpler), key=lambda each: each.mean or 0.0)
    return trn(
        "Within one standard error, and simpler: {settings} ({loss}).",
        "Within one standard error {count} tries are simpler, the best of them {settings} ({loss}).",
        len(verdict.simpler),
        settings=settings(first.settings),
        loss=loss(first),
    )


def told(verdict: TuningVerdict) -> Iterator[str]:
    """Say why, then all tries from the best to the worst."""
    if verdict.chosen is not None:
        yield why(verdict)
    known = [each for each in verdict.tries if each.mean is not None]
    for each in sorted(known, key=lambda each: (not each.is_complete, each.mean or 0.0)):
        yield line(each)


def line(found: Try) -> str:
    """Say what a try was worth."""
    text = tr(
        "  {name}: {loss}, {right} right",
        name=settings(found.settings),
        loss=loss(found),
        right=percent(found.accuracy),
    )
    folds = sum(each is not None for each in found.losses)
    return text if found.is_complete else text + trn(" (after {count} fold)", " (after {count} folds)", folds)
