"""A run's card: what the network is, what it was made from, how good it is, what it is not for. JSON, and Markdown.

The JSON one goes along with weights, for programs; the Markdown one is for people, in their language.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kt_gui import __version__
from kt_gui.schema import freezing
from kt_gui.schema.checkpoints import say
from kt_gui.schema.datasets import called
from kt_gui.schema.events import Result
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, WeightsFile, Zoo
from kt_gui.schema.quantities import percent
from kt_gui.schema.summaries import describe_data
from kt_gui.schema.texts import thousands, tr
from kt_gui.schema.verdicts import sentence, stands_out, verdict
from kt_gui.session.story import Story

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.sizing import View

FORM = 1
"""Counts up when the JSON card's fields change their meaning."""
SPECIAL = re.compile(r"([\\`*{}\[\]<>|#]|(?<!\w)_|_(?!\w))")
"""What Markdown would take for its own; an underscore within a word it leaves alone."""


# --- for programs ----------------------------------------------------------------------------------------------------


def facts(story: Story, network: "Network") -> dict[str, Any]:
    """Tell a program all it needs to use the weights: plain values, English keys."""
    view, result = network.view, story.record.result
    return {
        "card": FORM,
        "made_by": f"Knowledge Transfer {__version__}",
        "run": story.record.id,
        "name": story.record.name,
        "checkpoint": story.checkpoint,
        "epoch": None if story.about.epoch is None else story.about.epoch + 1,
        "network": network.name,
        "classes": list(network.classes),
        "input": {
            "name": "pictures",
            "shape": ["n", 3, view.size, view.size],
            "type": "float32, RGB",
            "short_side": view.side,
            "size": view.size,
            "interpolation": view.interpolation,
            "mean": list(view.mean),
            "std": list(view.std),
            "steps": steps(view),
        },
        "output": {"name": "logits", "shape": ["n", len(network.classes)], "probabilities": "softmax over the classes"},
        "test": _tested(result) if story.is_learnt_here and story.checkpoint == "best" else None,
        "data_hashes": dict(story.surroundings.data),
        "weights_sha256": story.weights,
        "versions": story.surroundings.versions,
        "how_to_load": how_to_load(network),
    }


def _tested(result: Result | None) -> dict[str, Any] | None:
    if result is None or result.target_accuracy is None:
        return None
    interval = list(result.target_interval) if result.target_interval else None
    return {"accuracy": result.target_accuracy, "interval_95": interval, "pictures": result.target_tested}


def encode(card: dict[str, Any]) -> bytes:
    """Write a JSON card."""
    return (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode()


def steps(view: "View") -> list[str]:
    """Say how a picture becomes what the network takes."""
    return [
        f"RGB; the short side to {view.side} pixels, {view.interpolation} with antialiasing (as Pillow's resize)",
        f"cut out the middle, {view.size} x {view.size}",
        "divide by 255, subtract mean, divide by std, channel by channel",
        "channels first",
    ]


def how_to_load(network: "Network") -> str:
    """Give the lines of Python that make the network and load its weights from safetensors."""
    from kt_gui.engine.scripts import networks

    package = networks.package(network)
    imports = ["from safetensors.torch import load_file"]
    imports += [f"import {package}"] if package else ["from collections import OrderedDict", "from torch import nn"]
    body = "\n".join(piece.strip("\n") + "\n" for piece in networks.building(network))
    use = [
        f"net = build({max(1, len(network.classes))})",
        'net.load_state_dict(load_file("FILE.safetensors"))',
        "net.eval()",
    ]
    return "\n".join([*imports, "", body, *use])


# --- for people ------------------------------------------------------------------------------------------------------


def write(story: Story) -> str:
    """Write the card in Markdown, in the user's language."""
    parts = [
        f"# {plain(story.record.name)}",
        plain(opening(story)),
        *_section(tr("What it is"), _network(story)),
        *_section(tr("How good it is"), _numbers(story)),
        *_classes(story),
        *_section(tr("What it is for, and what not"), limits(story)),
        *_section(tr("What it learnt from"), data(story)),
        *_section(tr("How it learnt"), learning(story)),
        *_section(tr("Where it comes from"), provenance(story)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Keep Markdown from reading anything into a text."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _section(title: str, lines: Iterator[tuple[str, str]]) -> list[str]:
    """A heading, and lines: what, and its value; a line without a name is a sentence."""
    written = [f"- **{plain(name)}:** {plain(value)}" if name else f"- {plain(value)}" for name, value in lines]
    return [f"## {title}", "\n".join(written)] if written else []


def opening(story: Story) -> str:
    """Say in one sentence what the network is worth."""
    if story.evaluated is not None:
        return sentence(story.evaluated) + tr(".")
    if story.record.result is not None and story.checkpoint == "best":
        return verdict(story.record.result) + tr(".")
    return tr("The test pictures of this checkpoint were not looked at.")


def _network(story: Story) -> Iterator[tuple[str, str]]:
    about = story.about
    yield tr("Task"), tr("tells {count} kinds of pictures apart", count=len(about.classes))
    yield tr("Classes"), ", ".join(about.classes)
    yield tr("Network"), about.network
    yield tr("Pictures"), tr("{size} × {size} pixels, RGB", size=about.image_size)
    yield tr("Weights"), say(story.checkpoint, about.epoch)


def _numbers(story: Story) -> Iterator[tuple[str, str]]:
    yield from figures(story)
    if story.evaluated is not None:
        yield "", stands_out(story.evaluated.scores)
    yield (
        "",
        tr("The best epoch was chosen on validation pictures; the interval covers the number of test pictures only."),
    )


def figures(story: Story) -> Iterator[tuple[str, str]]:
    """Give the numbers of the verdict, with their names."""
    if story.evaluated is None:
        return
    scores, calibration = story.evaluated.scores, story.evaluated.calibration
    low, high = f"{100 * scores.low:.1f}", f"{100 * scores.high:.1f}"
    yield tr("Accuracy"), tr("{share} (95 % interval {low}–{high})", share=percent(scores.accuracy), low=low, high=high)
    yield tr("Test pictures"), thousands(scores.total)
    shares = ((tr("Balanced accuracy"), scores.balanced_accuracy), (tr("F1, mean over classes"), scores.f1))
    yield from ((name, percent(value)) for name, value in shares if value is not None)
    for count, share in scores.top[1:]:
        yield tr("Among the {count} most probable", count=count), percent(share)
    yield tr("Calibration error (ECE)"), percent(scores.ece)
    if calibration is not None:
        yield (
            tr("After temperature scaling"),
            tr(
                "{error} at a temperature of {temperature}",
                error=percent(calibration.ece),
                temperature=f"{calibration.temperature:.2f}",
            ),
        )


def _classes(story: Story) -> list[str]:
    """The table of classes."""
    if story.evaluated is None:
        return []
    heading = (tr("Class"), tr("Precision"), tr("Recall"), "F1", tr("Test pictures"))
    rows = [f"| {' | '.join(heading)} |", "| --- | ---: | ---: | ---: | ---: |"]
    for each in story.evaluated.scores.classes:
        shares = map(percent, (each.precision, each.recall, each.f1))
        rows.append(f"| {plain(each.name)} | {' | '.join(shares)} | {each.support} |")
    return ["\n".join(rows)]


def limits(story: Story) -> Iterator[tuple[str, str]]:
    """Say what the network must not be trusted with."""
    yield (
        "",
        tr("It answers one of its classes for whatever picture it is shown, also for one that is of none of them."),
    )
    yield (
        "",
        tr("Its numbers hold for pictures like those it was tested on; on others, measure again before relying on it."),
    )
    few = [each.name for each in story.evaluated.scores.classes if each.support < 10] if story.evaluated else []
    if few:
        yield "", tr("Fewer than ten test pictures stand behind: {names}.", names=", ".join(few))
    yield "", tr("It was not examined for fairness, nor against pictures made to deceive it.")


def data(story: Story) -> Iterator[tuple[str, str]]:
    """Say what was learnt from."""
    for phase, started in story.started.items():
        train, validation, test = started.counts
        name = tr("Source") if phase == "pretraining" else tr("Target")
        yield (
            name,
            tr(
                "{data}: {train} pictures to learn from, {validation} to validate, {test} to test",
                data=called(started.data),
                train=thousands(train),
                validation=thousands(validation),
                test=thousands(test),
            ),
        )


def learning(story: Story) -> Iterator[tuple[str, str]]:
    """Say how it learnt."""
    experiment = story.experiment
    yield tr("Source"), source_words(story)
    if not isinstance(experiment.source, Scratch):
        yield tr("What moves"), freezing.name(experiment.transfer.freezing)
        yield "λ", f"{experiment.transfer.strength:g}"
    training = experiment.training
    yield tr("Epochs"), str(training.epochs)
    yield tr("Batch size"), str(training.batch_size)
    yield tr("Optimiser"), f"{training.optimiser.__struct_config__.tag}, {training.optimiser.learning_rate:g}"
    yield tr("Seed"), str(experiment.seed)


def source_words(story: Story) -> str:
    """Name where the weights came from before this run moved them, and their licence where they are others'."""
    match story.experiment.source:
        case Pretrain(network=network, data=chosen):
            return tr("{network}, learnt here on {data}", network=network, data=describe_data(chosen))
        case Zoo(model=model):
            from kt_gui.engine.model_catalogue import licence_of

            return tr("{model}, pretrained by others (licence: {licence})", model=model, licence=licence_of(model))
        case EarlierRun():
            return tr("an earlier run")
        case WeightsFile(network=network):
            return tr("{network}, weights from a file: mind their licence", network=network)
        case Scratch(network=network):
            return tr("{network} from random weights", network=network)


def provenance(story: Story) -> Iterator[tuple[str, str]]:
    """Say by what this very network can be told from all others."""
    started = datetime.fromtimestamp(story.record.started).strftime("%Y-%m-%d %H:%M")
    yield tr("Run"), f"{story.record.id}, {started}"
    yield tr("Weights (sha256)"), story.weights
    for role, digest in story.surroundings.data.items():
        name = tr("Source data (hash)") if role == "source" else tr("Target data (hash)")
        yield name, digest
    versions = ", ".join(f"{name} {version}" for name, version in story.surroundings.versions.items())
    yield tr("Versions"), versions
    for phase, resolved in story.surroundings.resolved.items():
        if phase == "finetuning":
            yield tr("Machine"), f"{story.surroundings.system}; {resolved.get('device')}, {resolved.get('precision')}"


def check(text: str, story: Story) -> int:
    """Make sure that a card that was read back says what the run found. Gives how many statements were compared."""
    expected = [story.record.id, story.weights, opening(story), *(value for _, value in figures(story))]
    expected += list(story.about.classes)
    missing = [each for each in expected if plain(each) not in text]
    if missing:
        raise RuntimeError(f"the card lacks {missing[:3]}")
    return len(expected)
