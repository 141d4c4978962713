"""Puts a script together: what it says at its top, the pieces this run needs, and the run itself.

A script is not a copy of the engine: it has no choices. Where the run had one, the script has what was chosen.
"""

from collections.abc import Iterator, Sequence

from kt_gui.engine.scripts import learning, moving, networks, pieces, running
from kt_gui.engine.scripts.legs import Leg, stages
from kt_gui.engine.scripts.plan import PICTURES, START, About, Plan
from kt_gui.schema.choices import BatchNormOnly, Constant, Cosine, CustomAugmentation, OneCycle, Step


def write(about: About, legs: Sequence[Leg]) -> str:
    """Write a run's script. `legs` are its phases in order; the last is the target's."""
    plan = Plan(about, legs, {leg.role: stages(leg) for leg in legs})
    parts = [*_top(plan), *_pieces(plan), learning.write(plan), running.write(plan)]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts if part)


# --- the top -------------------------------------------------------------------------------------------------------


def _top(plan: Plan) -> Iterator[str]:
    yield f"{_docstring(plan)}\n{_imports(plan)}\n\n{_constants(plan)}"


def _docstring(plan: Plan) -> str:
    last, known = plan.last.ending, plan.about.versions
    package = networks.package(plan.last.network)
    needed = ["torch", *([package] if package else [])]
    versions = ", ".join(f"{name} {known[name]}" for name in needed if name in known)
    beside = f"{PICTURES} and {START}" if plan.about.has_start else PICTURES
    name = " ".join(plan.about.name.replace("\\", "/").replace('"', "'").split())
    return f'''"""{name}: the run {plan.about.identity} of Knowledge Transfer as one plain PyTorch script.

It learns anew and ends where the run ended: validation loss {last.validation_loss:.6f}, {last.test_correct} of \
{last.test_total} test pictures right.
Needs {" and ".join(needed)} (the run had {versions}) and, beside it, {beside}.
Another version or another processor may change the last digits, and with them, after many steps, more.
"""
'''


def _imports(plan: Plan) -> str:
    uses = [leg.network.name for leg in plan.legs]
    is_written_out = not networks.package(plan.last.network)
    assert len(set(uses)) == 1
    plain = ["import hashlib", "import math"]
    plain += ["from collections import OrderedDict"] if is_written_out else []
    foreign = [networks.package(plan.last.network)] if not is_written_out else []
    others = sorted(["torch", *foreign])
    lines = [*plain, "from pathlib import Path", "", *(f"import {each}" for each in others)]
    lines += ["from torch import nn"] if _names_nn(plan) else []
    return "\n".join([*lines, "from torch.nn import functional as F"])


def _names_nn(plan: Plan) -> bool:
    package = networks.package(plan.last.network)
    draws_head = len(plan.legs) == 2 and plan.last.task.new_head and package != "timm"
    return not package or draws_head or plan.keeps_statistics or isinstance(plan.last.task.freezing, BatchNormOnly)


def _constants(plan: Plan) -> str:
    view, task = plan.last.network.view, plan.last.task
    lines = [
        f"torch.set_num_threads({task.resolved.threads})",
        f"SEED = {task.seed}",
        "HERE = Path(__file__).parent",
        f'DATA = torch.load(HERE / "{PICTURES}", weights_only=True)  # pictures uint8 [n, 3, size, size], labels',
        f"MEAN = torch.tensor({view.mean}).view(1, 3, 1, 1)",
        f"STD = torch.tensor({view.std}).view(1, 3, 1, 1)",
        *([f"LAYOUT = {plan.last.task.resolved.layout}"] if plan.has_layout else []),
        *_logged(plan),
    ]
    return "\n".join(lines)


def _logged(plan: Plan) -> Iterator[str]:
    yield "LOGGED = {  # last epoch: loss, validation loss, validation accuracy; then the test of the best epoch"
    for leg in plan.legs:
        end = leg.ending
        figures = (end.train_loss, end.validation_loss, end.validation_accuracy, end.test_correct / end.test_total)
        yield f'    "{leg.task.phase}": {figures},'
    yield "}"


# --- the pieces ----------------------------------------------------------------------------------------------------


def _pieces(plan: Plan) -> Iterator[str]:
    yield from networks.building(plan.last.network)
    yield pieces.DERIVE
    yield from _pictures(plan)
    yield from _schedules(plan)
    if plan.needs_table:
        yield f"{moving.table_of(plan)}\n\n{pieces.BLOCK_OF}"
    if plan.is_frozen:
        yield moving.freeze(plan)
    if plan.has_groups:
        yield pieces.GROUPS
    yield pieces.JUDGE


def _pictures(plan: Plan) -> Iterator[str]:
    recipes = [leg.recipe for leg in plan.legs if isinstance(leg.recipe, CustomAugmentation)]
    if any(recipe.flip != "none" for recipe in recipes):
        yield pieces.MIRROR
    if any(recipe.crop == "shift" for recipe in recipes):
        yield pieces.SHIFT
    if any(recipe.crop == "zoom" for recipe in recipes):
        yield pieces.ZOOM
    if any(recipe.colour for recipe in recipes):
        yield pieces.JITTER
    for name, leg in {plan.vary(leg): leg for leg in reversed(plan.legs)}.items():
        if isinstance(leg.recipe, CustomAugmentation):
            yield _varying(name, leg.recipe)
    body = (
        "((pictures - MEAN) / STD).contiguous(memory_format=LAYOUT)" if plan.has_layout else "(pictures - MEAN) / STD"
    )
    yield f'\ndef seen(pictures):\n    """Pictures of 0 to 1 as the network gets them."""\n    return {body}\n'


def _varying(name: str, recipe: CustomAugmentation) -> str:
    steps = ["mirror(pictures, -1, generator)"] if recipe.flip != "none" else []
    steps += ["mirror(pictures, -2, generator)"] if recipe.flip == "both" else []
    steps += [f"{recipe.crop}(pictures, generator)"] if recipe.crop != "none" else []
    steps += [f"jitter(pictures, {recipe.colour}, generator)"] if recipe.colour else []
    *before, last = steps or ["pictures"]
    lines = [*(f"    pictures = {step}" for step in before), f"    return {last}"]
    return "\n".join(["", f"def {name}(pictures, generator):", *lines, ""])


def _schedules(plan: Plan) -> Iterator[str]:
    used: set[type] = {type(leg.task.training.schedule) for leg in plan.legs}
    if not used.isdisjoint((Constant, Step, Cosine)):
        yield pieces.WARM
    if not used.isdisjoint((Cosine, OneCycle)):
        yield pieces.HALF_COSINE
    texts: dict[type, str] = {Step: pieces.STEP, Cosine: pieces.COSINE, OneCycle: pieces.ONE_CYCLE}
    yield from (text for kind, text in texts.items() if kind in used)
