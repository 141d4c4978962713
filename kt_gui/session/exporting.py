"""Takes a run along: its network in a form that others read, its card, its report, or all of it as one script.

Whatever it is, it is written out of sight, read back from there, held against the run, and only then put in its place.
"""

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.exports import Exported, Format
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import cards, report_page, samples, scripting, taken
from kt_gui.session.opening import open_run
from kt_gui.session.samples import Samples
from kt_gui.session.story import Story, tell
from kt_gui.store import exports
from kt_gui.store.exports import Place
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.exporting import Ask, NetworkFormat

SUFFIXES: Mapping[Format, tuple[str, ...]] = {
    "safetensors": (".safetensors", ".json"),
    "torchscript": (".torchscript.pt",),
    "torch_export": (".pt2",),
    "onnx": (".onnx",),
    "card": (".card.md",),
    "script": ("-script",),
    "report": (".report.html",),
}
"""What the names of an export's files end in; a script is a folder."""


def export(
    folder: Path,
    form: Format,
    stop: StopToken,
    home: Home,
    *,
    out: Path | None = None,
    checkpoint: Checkpoint = "best",
    with_preprocessing: bool = False,
) -> Generator[Event, None, None]:
    """Take a run along in one form; ends with `Exported`. Without `out` it lies in the run's folder `exports`.

    `with_preprocessing` lets an ONNX graph prepare whole pictures itself.

    Raises UserError where the run cannot be taken along so, or what was written does not give what the run gives;
    nothing is left then. Raises Stopped.
    """
    place = exports.place_for(folder, out, exports.stem(folder, checkpoint), SUFFIXES[form])
    for event in _export(folder, form, checkpoint, place, stop, home, with_preprocessing=with_preprocessing):
        if isinstance(event, Exported):
            taken.note(folder, event)
        yield event


def _export(
    folder: Path,
    form: Format,
    checkpoint: Checkpoint,
    place: Place,
    stop: StopToken,
    home: Home,
    *,
    with_preprocessing: bool,
) -> Generator[Event, None, None]:
    match form:
        case "card" | "report":
            yield from _export_words(folder, form, checkpoint, place, stop, home)
        case "script":
            yield from _export_script(folder, checkpoint, place, stop, home)
        case "safetensors" | "torchscript" | "torch_export" | "onnx":
            story = yield from tell(folder, checkpoint, home, stop, is_short=True)
            yield from _export_network(form, story, place, stop, home, with_preprocessing=with_preprocessing)
        case _:
            assert_never(form)


# --- a network -------------------------------------------------------------------------------------------------------


def _export_network(
    form: "NetworkFormat", story: Story, place: Place, stop: StopToken, home: Home, *, with_preprocessing: bool
) -> Generator[Event, None, None]:
    from kt_gui.engine import exporting, onnx_graphs

    opened = open_run(story.folder, story.checkpoint)
    pictures = yield from samples.find(opened, home, stop)
    network = exporting.plain(opened.network)
    card = cards.facts(story, network)
    yield from _step(stop, 1)
    content = exporting.encode(form, network, card)
    yield from _step(stop, 2)
    difference = _compared(exporting.decode(form, content, network), network, pictures)
    prepared: float | None = None
    if form == "onnx" and with_preprocessing:
        content = onnx_graphs.with_preparation(content, network.view)
        prepared = yield from _prepared(onnx_graphs.decode(content), network, pictures, stop)
    files = {place.names[0]: content}
    if form == "safetensors":
        files[place.names[1]] = cards.encode(card)
    with exports.draft(place) as draft:
        exports.put(draft, files)
        _read_back(draft, files)
        paths = exports.publish(draft, place)
    yield Exported(
        run=str(story.folder),
        format=form,
        checkpoint=story.checkpoint,
        paths=tuple(map(str, paths)),
        bytes=sum(len(each) for each in files.values()),
        largest_difference=difference,
        compared=len(pictures.seen),
        compared_on=pictures.on,
        preprocessing_difference=prepared,
    )


def _compared(ask: "Ask", network: "Network", pictures: Samples) -> float:
    """Hold what was read back against the run. Raises UserError where it is more than rounding."""
    from kt_gui.engine import exporting

    difference = exporting.compare(ask, network, pictures.seen)
    if not difference.is_tolerable:
        raise _differs(difference.largest)
    return difference.largest


def _prepared(ask: "Ask", network: "Network", pictures: Samples, stop: StopToken) -> Generator[Event, None, float]:
    """Hold a graph that prepares pictures itself against the run, in probabilities. Raises UserError, Stopped."""
    import torch

    from kt_gui.engine.exporting import PROBABILITY_TOLERANCE

    gaps, total = [], len(pictures.seen)
    with torch.no_grad():
        for place, (seen, whole) in enumerate(zip(pictures.seen, pictures.whole, strict=True)):
            if stop.requested():
                raise Stopped
            found = ask(torch.tensor(whole())[None])
            gaps.append((found - network.module(seen[None]).softmax(1)).abs().max())
            yield Progressed(activity="testing", done=place + 1, total=total)
    largest = float(torch.stack(gaps).max())
    if not largest <= PROBABILITY_TOLERANCE:
        raise _differs(largest)
    return largest


def _differs(largest: float) -> UserError:
    return UserError(
        tr("What was written gives other answers than the run: they differ by up to {most}.", most=f"{largest:.3g}"),
        tr("Nothing was kept. Take another form: safetensors holds every network."),
    )


def _read_back(draft: Path, files: Mapping[str, bytes]) -> None:
    """Make sure that the disk holds what was compared. Raises UserError where it does not."""
    for name, content in files.items():
        if (draft / name).read_bytes() != content:
            raise UserError(
                tr("{file} does not read back as it was written.", file=name), tr("Choose a folder on another disk.")
            )


def _step(stop: StopToken, done: int) -> Generator[Event, None, None]:
    """Tell of a step that cannot be broken off within. Raises Stopped."""
    if stop.requested():
        raise Stopped
    yield Progressed(activity="preparing", done=done, total=3, unit="steps")


# --- words -----------------------------------------------------------------------------------------------------------


def _export_words(
    folder: Path, form: Format, checkpoint: Checkpoint, place: Place, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    """A card or a report: checked by finding the run's own numbers in what was written."""
    story = yield from tell(folder, checkpoint, home, stop)
    write: Callable[[Story], str] = cards.write if form == "card" else report_page.write
    check: Callable[[str, Story], int] = cards.check if form == "card" else report_page.check
    name = place.names[0]
    with exports.draft(place) as draft:
        exports.put(draft, {name: write(story).encode()})
        compared = check((draft / name).read_text("utf-8"), story)
        size = (draft / name).stat().st_size
        paths = exports.publish(draft, place)
    yield Exported(
        run=str(folder),
        format=form,
        checkpoint=checkpoint,
        paths=tuple(map(str, paths)),
        bytes=size,
        compared=compared,
        compared_on="numbers",
    )


# --- the run as a script ---------------------------------------------------------------------------------------------


def _export_script(
    folder: Path, checkpoint: Checkpoint, place: Place, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    if checkpoint != "best":
        raise UserError(
            tr("A script is the whole run, which ends with its best epoch."), tr("Leave the checkpoint out.")
        )
    made = yield from scripting.write(folder, home, stop)
    files = {f"{exports.stem(folder, checkpoint)}.py": made.text.encode(), **made.beside}
    first = next(iter(files))
    with exports.draft(place) as draft:
        exports.put(draft, files)
        _read_back(draft, files)
        yield from _step(stop, 2)
        difference, compared = scripting.check(draft / first, folder, made)
        yield Progressed(activity="testing", done=0, total=0)
        repeated = scripting.repeat(draft / first, made, stop)
        paths = exports.publish_folder(draft, place, first)
    yield Exported(
        run=str(folder),
        format="script",
        checkpoint=checkpoint,
        paths=tuple(map(str, paths)),
        bytes=sum(len(each) for each in files.values()),
        largest_difference=difference,
        compared=compared,
        repeated_difference=repeated,
    )
