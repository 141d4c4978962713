"""What a run says of itself in words: its title, its line, how it ended. Pure: from the run's model to text."""

from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.bridge.run_model import RunModel
from kt_gui.schema.datasets import called
from kt_gui.schema.events import Result
from kt_gui.schema.quantities import duration, gigabytes, percent
from kt_gui.schema.texts import mark, thousands, tr, trn
from kt_gui.schema.verdicts import verdict as verdict

SEPARATOR = " · "
_ACTIVITIES = {
    "downloading": mark("Downloading"),
    "unpacking": mark("Unpacking"),
    "reading": mark("Reading pictures"),
    "preparing": mark("Preparing"),
    "features": mark("Computing features"),
    "testing": mark("Looking at the test pictures"),
    "saving": mark("Saving"),
}
_ENDS = {
    "finished": mark("{name} is finished"),
    "stopped": mark("{name} was stopped, its best epoch is kept"),
    "cancelled": mark("{name} was cancelled and discarded"),
    "failed": mark("{name} failed"),
    "interrupted": mark("{name} was interrupted"),
    "idle": mark("{name}"),
}


def title(run: RunModel) -> str:
    """Name what the run is at, or how it ended."""
    if not run.is_live:
        return tr(_ENDS[run.state], name=run.name or tr("The run"))
    if run.activity is not None:
        return tr(_ACTIVITIES[run.activity.activity])
    if run.phase is None:
        return tr("Preparing")
    values = {"data": called(run.phase.started.data)}
    if run.phase.started.phase == "pretraining":
        return tr("Pretraining on {data}", **values)
    return tr("Fine-tuning on {data}", **values)


def line(run: RunModel) -> str:
    """Say how far it is, how fast, how long still."""
    if run.state == "stopping":
        return tr("Stopping after this step")
    if not run.is_live:
        return SEPARATOR.join(_over(run))
    if run.activity is not None:
        return _activity_line(run)
    said = [tr("Paused")] if run.state == "paused" else []
    return SEPARATOR.join([*said, *(_pace(run, run.phase) if run.phase is not None else [])])


def _activity_line(run: RunModel) -> str:
    assert run.activity is not None
    done, total = run.activity.done, run.activity.total
    if not total:
        return called(run.activity.subject)
    return SEPARATOR.join(each for each in (percent(done / total, 0), called(run.activity.subject)) if each)


def _pace(run: RunModel, phase: PhaseCurves) -> list[str]:
    at = min(int(phase.length) + 1, phase.started.epochs)
    said = [tr("Epoch {at} of {epochs}", at=at, epochs=phase.started.epochs)]
    if phase.seconds_per_epoch is not None:
        said.append(tr("{time} an epoch", time=duration(phase.seconds_per_epoch)))
    if run.eta_s is not None and run.state == "running":
        said.append(tr("about {time} left", time=duration(run.eta_s)))
    if phase.latest is not None:
        said.append(tr("{count} pictures/s", count=thousands(round(phase.latest.samples_per_s))))
    if run.reused is not None:
        said.append(tr("features reused"))
    return said


def reuse(run: RunModel) -> str:
    """Say what is computed once, and what of it lay there from earlier; nothing where nothing is."""
    kept = run.reused
    if kept is None:
        return ""
    said = trn(
        "What {count} frozen block makes of the pictures is computed once and used in every epoch.",
        "What {count} frozen blocks make of the pictures is computed once and used in every epoch.",
        len(kept.blocks),
    )
    size = gigabytes(kept.bytes)
    if not kept.computed:
        return tr("{what} All of it ({size}) was there from an earlier run.", what=said, size=size)
    if kept.computed < kept.pictures:
        return tr(
            "{what} {count} of {total} views of pictures were computed now, the rest was there ({size}).",
            **{"what": said, "count": thousands(kept.computed), "total": thousands(kept.pictures), "size": size},
        )
    return tr("{what} It takes {size}.", what=said, size=size)


def _over(run: RunModel) -> list[str]:
    phase = run.phase
    if phase is None:
        return []
    said = [trn("{count} epoch", "{count} epochs", len(phase.epochs))]
    if phase.best is not None:
        said.append(tr("best epoch {epoch}", epoch=phase.best.epoch + 1))
    if run.result is not None:
        said.append(tr("{time} in all", time=duration(run.result.seconds)))
    if run.reused is not None:
        said.append(tr("features reused"))
    return said


def source_verdict(result: Result) -> str:
    """Say what the network could do on the source; nothing where there was no source to test on."""
    if result.source_accuracy is None:
        return ""
    return tr("On the source's own test pictures it had {accuracy}.", accuracy=percent(result.source_accuracy))
