"""What a script does when it is run: each phase in turn, with the settings it had."""

from collections.abc import Iterator
from typing import assert_never

from kt_gui.engine.scripts import networks
from kt_gui.engine.scripts.legs import Leg
from kt_gui.engine.scripts.plan import START, Plan
from kt_gui.schema.choices import SGD, Adam, AdamW, Constant, Cosine, OneCycle, Step


def write(plan: Plan) -> str:
    """Write what a script does when it is run."""
    lines = ['if __name__ == "__main__":']
    for place, leg in enumerate(plan.legs):
        lines += [f"    {line}" if line else "" for line in _leg(plan, leg, is_first=place == 0)]
    differences = ", ".join(f"{leg.role}_difference" for leg in plan.legs)
    largest = f"max({differences})" if len(plan.legs) > 1 else differences
    lines.append(f'    print(f"largest difference from what the run logged: {{{largest}:.2e}}")')
    return "\n".join(lines)


def _leg(plan: Plan, leg: Leg, *, is_first: bool) -> Iterator[str]:
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


def _call(plan: Plan, leg: Leg) -> Iterator[str]:
    training = leg.task.training
    rate = training.optimiser.learning_rate
    optional = [
        (f"rate={rate}", not plan.has_groups),
        (f"vary={plan.vary(leg) or None}", len(plan.varies) > 1),
        (f"smoothing={training.label_smoothing}", plan.any("label_smoothing")),
        (f"clip={training.clip}", plan.any("clip")),
        (f"patience={training.patience}", plan.any("patience")),
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


def _prepare(plan: Plan, leg: Leg) -> str:
    return "freeze" if plan.holds_still(leg) else "lambda net, _: net.requires_grad_(True).train()"


def _optimiser(plan: Plan, leg: Leg) -> str:
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
