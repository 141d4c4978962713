"""Puts a script together: what it says at its top, the pieces this run needs, and the run itself.

A script is not a copy of the engine: it has no choices. Where the run had one, the script has what was chosen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from kt_gui.engine.scripts import networks, pieces
from kt_gui.engine.scripts.legs import Leg, Stage, narrowed, stages, table
from kt_gui.schema.choices import (
    SGD,
    Adam,
    AdamW,
    BatchNormOnly,
    Constant,
    Cosine,
    CustomAugmentation,
    OneCycle,
    Step,
)

PICTURES, START = "pictures.pt", "start.pt"
"""What lies beside a script: the pictures as the network sees them, and the weights it starts from."""


@dataclass(frozen=True)
class About:
    """What the top of a script says."""

    name: str
    identity: str
    versions: dict[str, str]
    has_start: bool
    """Whether the first phase begins with weights that lie beside the script, not with random ones."""


@dataclass(frozen=True)
class _Plan:
    """What is written down, once for all phases."""

    about: About
    legs: Sequence[Leg]
    stages: dict[str, tuple[Stage, ...]]
    """By role."""

    @property
    def last(self) -> Leg:
        return self.legs[-1]

    @property
    def is_frozen(self) -> bool:
        """Whether something stands still at some time, were it only batch norm's statistics."""
        return any(self.holds_still(leg) for leg in self.legs)

    def holds_still(self, leg: Leg) -> bool:
        whole = all(stage.learning == leg.network.blocks for stage in self.stages[leg.role])
        return not whole or leg.task.batch_norm == "eval" or bool(narrowed(leg))

    @property
    def has_groups(self) -> bool:
        """Whether blocks differ in how they are moved, or are counted one after the other."""
        return any(_has_groups(leg) for leg in self.legs)

    @property
    def needs_table(self) -> bool:
        return self.is_frozen or self.has_groups

    def fixed(self, leg: Leg) -> list[range]:
        """The epochs in which pictures are varied in fixed ways."""
        known = self.stages[leg.role]
        ends = [*(stage.start for stage in known[1:]), leg.task.training.epochs]
        return [range(stage.start, end) for stage, end in zip(known, ends, strict=True) if stage.has_fixed_views]

    @property
    def layouts(self) -> set[str]:
        """In which orders pictures lie in memory."""
        return {str(leg.task.resolved.layout) for leg in self.legs}

    @property
    def has_layout(self) -> bool:
        return self.layouts != {"torch.contiguous_format"}


def write(about: About, legs: Sequence[Leg]) -> str:
    """Write a run's script. `legs` are its phases in order; the last is the target's."""
    plan = _Plan(about, legs, {leg.role: stages(leg) for leg in legs})
    parts = [*_top(plan), *_pieces(plan), _learn(plan), _run(plan)]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts if part)


# --- the top -------------------------------------------------------------------------------------------------------


def _top(plan: _Plan) -> Iterator[str]:
    yield f"{_docstring(plan)}\n{_imports(plan)}\n\n{_constants(plan)}"


def _docstring(plan: _Plan) -> str:
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


def _imports(plan: _Plan) -> str:
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


def _names_nn(plan: _Plan) -> bool:
    package = networks.package(plan.last.network)
    draws_head = len(plan.legs) == 2 and plan.last.task.new_head and package != "timm"
    return not package or draws_head or _keeps_statistics(plan) or _is_narrowed_to_norms(plan)


def _keeps_statistics(plan: _Plan) -> bool:
    return plan.last.task.batch_norm == "eval"


def _is_narrowed_to_norms(plan: _Plan) -> bool:
    return isinstance(plan.last.task.freezing, BatchNormOnly)


def _constants(plan: _Plan) -> str:
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


def _logged(plan: _Plan) -> Iterator[str]:
    yield "LOGGED = {  # last epoch: loss, validation loss, validation accuracy; then the test of the best epoch"
    for leg in plan.legs:
        end = leg.ending
        figures = (end.train_loss, end.validation_loss, end.validation_accuracy, end.test_correct / end.test_total)
        yield f'    "{leg.task.phase}": {figures},'
    yield "}"


# --- the pieces ----------------------------------------------------------------------------------------------------


def _pieces(plan: _Plan) -> Iterator[str]:
    yield from networks.building(plan.last.network)
    yield pieces.DERIVE
    yield from _pictures(plan)
    yield from _schedules(plan)
    if plan.needs_table:
        yield f"{_table(plan)}\n\n{pieces.BLOCK_OF}"
    if plan.is_frozen:
        yield _freeze(plan)
    if plan.has_groups:
        yield _groups(plan)
    yield pieces.JUDGE


def _pictures(plan: _Plan) -> Iterator[str]:
    recipes = [leg.recipe for leg in plan.legs if isinstance(leg.recipe, CustomAugmentation)]
    if any(recipe.flip != "none" for recipe in recipes):
        yield pieces.MIRROR
    if any(recipe.crop == "shift" for recipe in recipes):
        yield pieces.SHIFT
    if any(recipe.crop == "zoom" for recipe in recipes):
        yield pieces.ZOOM
    if any(recipe.colour for recipe in recipes):
        yield pieces.JITTER
    for name, leg in {_vary(plan, leg): leg for leg in reversed(plan.legs)}.items():
        if isinstance(leg.recipe, CustomAugmentation):
            yield _varying(name, leg.recipe)
    body = "((pictures - MEAN) / STD).contiguous(memory_format=LAYOUT)" if plan.has_layout else "(pictures - MEAN) / STD"
    yield f'\ndef seen(pictures):\n    """Pictures of 0 to 1 as the network gets them."""\n    return {body}\n'


def _vary(plan: _Plan, leg: Leg) -> str:
    """Name the function that varies a phase's pictures; none where they stay as they are."""
    if not isinstance(leg.recipe, CustomAugmentation):
        return ""
    return "vary" if len({each.recipe for each in plan.legs}) == 1 else f"vary_{leg.role}"


def _varying(name: str, recipe: CustomAugmentation) -> str:
    steps = ["mirror(pictures, -1, generator)"] if recipe.flip != "none" else []
    steps += ["mirror(pictures, -2, generator)"] if recipe.flip == "both" else []
    steps += [f"{recipe.crop}(pictures, generator)"] if recipe.crop != "none" else []
    steps += [f"jitter(pictures, {recipe.colour}, generator)"] if recipe.colour else []
    *before, last = steps or ["pictures"]
    lines = [*(f"    pictures = {step}" for step in before), f"    return {last}"]
    return "\n".join(["", f"def {name}(pictures, generator):", *lines, ""])


def _schedules(plan: _Plan) -> Iterator[str]:
    used = {type(leg.task.training.schedule) for leg in plan.legs}
    if used & {Constant, Step, Cosine}:
        yield pieces.WARM
    if used & {Cosine, OneCycle}:
        yield pieces.HALF_COSINE
    texts = {Step: pieces.STEP, Cosine: pieces.COSINE, OneCycle: pieces.ONE_CYCLE}
    yield from (text for kind, text in texts.items() if kind in used)


def _table(plan: _Plan) -> str:
    network = plan.last.network
    lines = [f"    {name!r}: {block!r},".replace("'", '"') for name, block in table(network).items()]
    note = "  # the block of all whose name begins so; the longest beginning holds"
    blocks = f"BLOCKS = {network.blocks!r}".replace("'", '"')
    heading = [f"{blocks}  # from input to head"] if plan.has_groups else []
    return "\n".join([*heading, f"BLOCK = {{{note}", *lines, "}"])


def _freeze(plan: _Plan) -> str:
    """Write the function that says what learns in an epoch of the last phase."""
    leg, known = plan.last, plan.stages[plan.last.role]
    lines = ["", "def freeze(net, epoch):", '    """Let some blocks learn; the others stand still, in batch norm, too."""']
    if len(known) > 1:
        listed = ", ".join(f"{stage.start}: {_set(stage.learning)}" for stage in known)
        lines.append(f"    stages = {{{listed}}}  # by the epoch in which they begin")
        lines.append("    learning = stages[max(start for start in stages if start <= epoch)]")
    else:
        lines.append(f"    learning = {_set(known[0].learning)}")
    lines += _modes(plan)
    lines += _gradients(leg)
    return "\n".join([*lines, ""])


def _set(names: Sequence[str]) -> str:
    return "{" + ", ".join(f'"{name}"' for name in names) + "}"


def _modes(plan: _Plan) -> Iterator[str]:
    yield "    for name, layer in net.named_modules():"
    yield "        layer.training = block_of(name) in learning"
    if _keeps_statistics(plan):
        yield '        if isinstance(layer, nn.modules.batchnorm._NormBase) and block_of(name) != "head":'
        yield "            layer.training = False  # it keeps the source's statistics"


def _gradients(leg: Leg) -> Iterator[str]:
    if not narrowed(leg):
        yield "    for name, parameter in net.named_parameters():"
        yield "        parameter.requires_grad_(block_of(name) in learning)"
        return
    if isinstance(leg.task.freezing, BatchNormOnly):
        norms = "(nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)"
        yield f"    norms = {norms}"
        yield "    chosen = {id(p) for m in net.modules() if isinstance(m, norms) for p in m.parameters(recurse=False)}"
        condition = "id(parameter) in chosen"
    else:
        condition = 'name.endswith("bias")'
    yield "    for name, parameter in net.named_parameters():"
    yield f'        parameter.requires_grad_(block_of(name) == "head" or {condition})'


def _has_groups(leg: Leg) -> bool:
    training = leg.task.training
    spares = leg.task.has_own_head and training.optimiser.weight_decay > 0
    return training.head_factor != 1 or training.layer_decay != 1 or spares or training.clip is not None


def _groups(_plan: _Plan) -> str:
    return '''
def groups(net, rate, head_factor, layer_decay, decay, head_decay):
    """The parameters of each block, from the head down, and the learning rate each has before the schedule."""
    made = []
    for distance, block in enumerate(reversed(BLOCKS)):
        own = [parameter for name, parameter in net.named_parameters() if block_of(name) == block]
        base = rate * (layer_decay**distance if distance else head_factor)
        made.append({"params": own, "base": base, "lr": base, "weight_decay": decay if distance else head_decay})
    return [group for group in made if group["params"]]
'''


# --- learning ------------------------------------------------------------------------------------------------------


def _learn(plan: _Plan) -> str:
    return "\n".join(["", *_signature(plan), *_before(plan), *_steps(plan), *_after(plan), ""])


def _any(plan: _Plan, what: str) -> bool:
    return any(getattr(leg.task.training, what) for leg in plan.legs)


def _signature(plan: _Plan) -> Iterator[str]:
    wanted = ["net", "phase", "part", "epochs", "batch", "optimiser", "factor"]
    optional = [
        ("rate", not plan.has_groups),
        ("vary", len({_vary(plan, leg) for leg in plan.legs}) > 1),
        ("smoothing", _any(plan, "label_smoothing")),
        ("clip", _any(plan, "clip")),
        ("patience", _any(plan, "patience")),
        ("prepare", plan.is_frozen and len(plan.legs) > 1),
        ("held=(), lam=0.0", any(leg.pull for leg in plan.legs)),
        ("head=(), beta=0.0", any(leg.head_pull for leg in plan.legs)),
    ]
    yield f"def learn({', '.join([*wanted, *(name for name, is_wanted in optional if is_wanted)])}):"
    yield '    """One phase; the network ends with its best epoch: most validation pictures right, then least loss."""'


def _before(plan: _Plan) -> Iterator[str]:
    yield '    pictures, labels = DATA[f"{part} train"], DATA[f"{part} train labels"]'
    yield "    steps = math.ceil(len(labels) / batch)"
    yield "    best = (-1, 0.0)"
    yield "    for epoch in range(epochs):"
    if plan.is_frozen:
        yield f"        {'prepare' if len(plan.legs) > 1 else 'freeze'}(net, epoch)"
    else:
        yield "        net.train()"
    yield "        total = 0.0"
    yield "        order = torch.randperm(len(labels), generator=chance(derive(phase, epoch))).tensor_split(steps)"


def _steps(plan: _Plan) -> Iterator[str]:
    yield "        for step, chosen in enumerate(order):"
    yield "            seed = derive(phase, epoch, step)"
    yield from _input(plan)
    yield "            torch.manual_seed(seed)  # for dropout"
    yield "            optimiser.zero_grad()"
    yield from _loss(plan)
    yield from _update(plan)


def _input(plan: _Plan) -> Iterator[str]:
    yield "            some = pictures[chosen] / 255"
    names = {_vary(plan, leg) for leg in plan.legs}
    if names == {""}:
        return
    (name,) = names if len(names) == 1 else ("vary",)
    anew = f"some = {name}(some, chance(seed))"
    fixed = plan.fixed(plan.last)
    if not fixed:
        yield f"            {'if vary: ' if '' in names else ''}{anew}"
        return
    once = [
        f'seeds = DATA[f"{{part}} seeds"][epoch % {plan.last.task.transfer.views}, chosen].tolist()',  # type: ignore[union-attr]
        f"some = torch.cat([{name}(one[None], chance(own)) for one, own in zip(some, seeds)])",
    ]
    is_always = len(plan.legs) == 1 and fixed == [range(plan.last.task.training.epochs)]
    if is_always:
        yield "            # What stands still sees every picture in a few fixed ways, each by a seed of its own."
        yield from (f"            {line}" for line in once)
        return
    where = " or ".join(f"epoch in {each}" for each in fixed)
    phase = 'phase == "finetuning" and ' if len(plan.legs) > 1 else ""
    yield f"            if {phase}({where}):  # a few fixed ways, each picture's by a seed of its own"
    yield from (f"                {line}" for line in once)
    yield f"            {'elif vary:' if '' in names else 'else:'}"
    yield f"                {anew}"


def _loss(plan: _Plan) -> Iterator[str]:
    """The objective, in sight: the cross-entropy by autograd, the pull by its gradient."""
    pulls, pulls_head = any(leg.pull for leg in plan.legs), any(leg.head_pull for leg in plan.legs)
    smoothing = ", label_smoothing=smoothing" if _any(plan, "label_smoothing") else ""
    terms = ["cross_entropy(net(pictures), labels)"]
    terms += ["lam * sum((p - p0) ** 2)"] if pulls else []
    terms += ["beta / 2 * sum(h ** 2)"] if pulls_head else []
    if len(terms) > 1:
        yield f"            # loss = {' + '.join(terms)}"
        yield "            # The first term goes through autograd. The pull's gradient is written out and added in one"
        yield "            # rounding, as the run did it: through autograd the last bit would differ, and soon more."
    yield f"            loss = F.cross_entropy(net(seen(some)), labels[chosen]{smoothing})"
    yield "            loss.backward()"
    yield "            total += float(loss.detach() * len(chosen))"
    if _any(plan, "clip"):
        yield "            if clip:"
        yield '                every = [p for group in optimiser.param_groups for p in group["params"]]'
        yield "                torch.nn.utils.clip_grad_norm_(every, clip)"
    if len(terms) > 1:
        yield "            with torch.no_grad():"
    if pulls:
        yield "                for p, p0 in held:"
        yield from ["                    if p.grad is not None:"] if plan.is_frozen else []
        yield f"                    {'    ' if plan.is_frozen else ''}p.grad.add_(p - p0, alpha=2 * lam)"
    if pulls_head:
        yield "                for h in head:"
        yield "                    h.grad.add_(h, alpha=beta)"


def _update(plan: _Plan) -> Iterator[str]:
    yield "            for group in optimiser.param_groups:"
    base = 'group["base"]' if plan.has_groups else "rate"
    yield f'                group["lr"] = {base} * factor(epoch + step / steps)'
    yield "            optimiser.step()"


def _after(plan: _Plan) -> Iterator[str]:
    yield '        correct, loss = judge(net, f"{part} validation")'
    yield '        share = correct / len(DATA[f"{part} validation labels"])'
    yield '        print(f"{phase}, epoch {epoch + 1}: loss {total / len(labels):.6f}, validation {loss:.6f}, {share:.2%} right")'
    yield "        if (correct, -loss) > best:"
    yield "            best, best_epoch = (correct, -loss), epoch"
    yield "            kept = {name: tensor.clone() for name, tensor in net.state_dict().items()}"
    if _any(plan, "patience"):
        change = plan.last.last_change
        since = f"max(best_epoch, {change})" if change and len(plan.legs) == 1 else "best_epoch"
        if change and len(plan.legs) > 1:
            since = f'max(best_epoch, {change} if phase == "finetuning" else 0)'
        yield f"        if patience and epoch - {since} >= patience:"
        yield "            break"
    yield "    net.load_state_dict(kept)"
    yield '    right, count = judge(net, f"{part} test")[0], len(DATA[f"{part} test labels"])'
    yield '    print(f"{phase}: epoch {best_epoch + 1} was the best; {right} of {count} test pictures are right")'
    yield "    found = (total / len(labels), loss, share, right / count)"
    yield "    return max(abs(one - other) for one, other in zip(found, LOGGED[phase]))"


# --- the run -------------------------------------------------------------------------------------------------------


def _run(plan: _Plan) -> str:
    lines = ['if __name__ == "__main__":']
    for place, leg in enumerate(plan.legs):
        lines += [f"    {line}" if line else "" for line in _leg(plan, leg, is_first=place == 0)]
    differences = ", ".join(f"{leg.role}_difference" for leg in plan.legs)
    largest = f"max({differences})" if len(plan.legs) > 1 else differences
    lines.append(f'    print(f"largest difference from what the run logged: {{{largest}:.2e}}")')
    return "\n".join(lines)


def _leg(plan: _Plan, leg: Leg, *, is_first: bool) -> Iterator[str]:
    classes = len(leg.network.classes)
    if is_first:
        yield "torch.manual_seed(SEED)"
        yield f"net = build({classes})"
        if plan.about.has_start:
            yield f'net.load_state_dict(torch.load(HERE / "{START}", weights_only=True))'
    elif leg.task.new_head:
        yield "torch.manual_seed(SEED)"
        yield networks.new_head(leg.network, classes)
    if len(plan.layouts) > 1:
        yield f"LAYOUT = {leg.task.resolved.layout}"
    if plan.has_layout:
        yield "net.to(memory_format=LAYOUT)"
    yield from _held(leg)
    yield from _call(plan, leg)


def _held(leg: Leg) -> Iterator[str]:
    """What the pull holds: the shared parameters, where they begin; and what of a new head is held to zero."""
    if not leg.pull and not leg.head_pull:
        return
    outside = f"not name.startswith({_head_names(leg)})" if leg.task.new_head else ""
    assert leg.task.transfer is not None
    kernels = "p.ndim > 1" if leg.task.transfer.penalised == "weights" else ""
    condition = " and ".join(each for each in (outside, kernels) if each)
    if leg.pull:
        where = f" if {condition}" if condition else ""
        source = "net.named_parameters()" if outside else "net.parameters()"
        each = "name, p" if outside else "p"
        yield f"held = [(p, p.detach().clone()) for {each} in {source}{where}]"
    if leg.head_pull:
        yield f"head = [p for name, p in net.named_parameters() if name.startswith({_head_names(leg)})]"


def _head_names(leg: Leg) -> str:
    network = leg.network
    owned = {name.rpartition(".")[0] for name, _ in network.module.named_parameters() if network.owner[name] == "head"}
    roots = sorted(name for name in owned if not any(name.startswith(f"{other}.") for other in owned))
    written = ", ".join(f'"{name}."' for name in roots)
    return f"({written})" if len(roots) > 1 else written


def _call(plan: _Plan, leg: Leg) -> Iterator[str]:
    training = leg.task.training
    rate = training.optimiser.learning_rate
    optional = [
        (f"rate={rate}", not plan.has_groups),
        (f"vary={_vary(plan, leg) or None}", len({_vary(plan, each) for each in plan.legs}) > 1),
        (f"smoothing={training.label_smoothing}", _any(plan, "label_smoothing")),
        (f"clip={training.clip}", _any(plan, "clip")),
        (f"patience={training.patience}", _any(plan, "patience")),
        (f"held=held, lam={leg.pull}", leg.pull > 0),
        (f"head=head, beta={leg.head_pull}", leg.head_pull > 0),
        (f"prepare={_prepare(plan, leg)}", plan.is_frozen and len(plan.legs) > 1),
    ]
    yield f"{leg.role}_difference = learn("
    yield f'    net, "{leg.task.phase}", "{leg.role}", epochs={training.epochs}, batch={training.batch_size},'
    yield f"    optimiser={_optimiser(plan, leg)},"
    yield f"    factor=lambda progress: {_factor(leg)},"
    chosen = [text for text, is_wanted in optional if is_wanted]
    if chosen:
        yield f"    {', '.join(chosen)},"
    yield ")"


def _prepare(plan: _Plan, leg: Leg) -> str:
    return "freeze" if plan.holds_still(leg) else "lambda net, _: net.requires_grad_(True).train()"


def _optimiser(plan: _Plan, leg: Leg) -> str:
    training, choice = leg.task.training, leg.task.training.optimiser
    rate, decay = choice.learning_rate, choice.weight_decay
    given, rest = "net.parameters()", f", weight_decay={decay}" if decay else ""
    if plan.has_groups:
        head_decay = 0.0 if leg.task.has_own_head else decay
        given = f"groups(net, {rate}, {training.head_factor}, {training.layer_decay}, {decay}, {head_decay})"
        rest = ""
    match choice:
        case SGD(momentum=momentum, nesterov=nesterov):
            ahead = ", nesterov=True" if nesterov and momentum > 0 else ""
            return f"torch.optim.SGD({given}, lr={rate}, momentum={momentum}{ahead}{rest})"
        case Adam():
            return f"torch.optim.Adam({given}, lr={rate}, fused=True{rest})"
        case AdamW():
            return f"torch.optim.AdamW({given}, lr={rate}, fused=True, weight_decay={decay})"
        case _:
            assert_never(choice)


def _factor(leg: Leg) -> str:
    epochs = leg.task.training.epochs
    match leg.task.training.schedule:
        case Constant(warmup_epochs=warmup):
            return f"warm(progress, {warmup})"
        case Step(warmup_epochs=warmup, every=every, factor=factor):
            return f"step_down(progress, {warmup}, {every}, {factor})"
        case Cosine(warmup_epochs=warmup):
            return f"cosine(progress, {epochs}, {warmup})"
        case OneCycle(climb=climb):
            return f"one_cycle(progress, {epochs}, {climb})"
        case other:
            assert_never(other)

