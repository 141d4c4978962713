"""The page Runs: the list, and runs held against each other."""

from functools import partial

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.samples import comparison
from kt_gui.scenes import Scene, show_nothing
from kt_gui.schema.texts import tr


def show_comparison(models: Models, count: int, seeds: int = 1) -> None:
    """Several runs held against each other, and two of them picture by picture."""
    models.runs.show(samples.records(12))
    told = comparison.contrasted(count, seeds)
    models.comparison.apply([told])
    first, second = (told.runs[place].folder for place in models.comparison.pair)
    models.comparison.apply([comparison.matched(first, second)])


def show_unmatched(models: Models) -> None:
    """Two runs on other data: their curves, and why they cannot be matched."""
    models.runs.show(samples.records(12))
    models.comparison.apply([comparison.contrasted(2)])
    reason = tr("The two runs share no test picture.")
    remedy = tr("Picture by picture only runs on the same target data, dealt alike, can be compared.")
    models.comparison.fail("match", Failure("user", reason, remedy, reason))


SCENES = (
    Scene("runs", "runs", lambda models: models.runs.show(samples.records(40))),
    Scene("runs-empty", "runs", show_nothing),
    Scene("runs-compare-two", "runs", partial(show_comparison, count=2)),
    Scene("runs-compare-eight", "runs", partial(show_comparison, count=8)),
    Scene("runs-compare-seeds", "runs", partial(show_comparison, count=3, seeds=5)),
    Scene("runs-compare-other-data", "runs", show_unmatched),
)
