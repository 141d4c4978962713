"""The loop of a script: one function for all phases, without a line that this run does not need."""

from collections.abc import Iterator

from kt_gui.engine.scripts.legs import draws_chance
from kt_gui.engine.scripts.plan import Plan


def write(plan: Plan) -> str:
    """Write the function that learns one phase."""
    return "\n".join(["", *_signature(plan), *_before(plan), *_steps(plan), *_after(plan), ""])


def _signature(plan: Plan) -> Iterator[str]:
    wanted = ["net", "phase", "part", "epochs", "batch", "optimiser", "factor"]
    optional = [
        ("rate", not plan.has_groups),
        ("vary", len(plan.varies) > 1),
        ("smoothing", plan.any("label_smoothing")),
        ("clip", plan.any("clip")),
        ("patience", plan.any("patience")),
        ("prepare", plan.is_frozen and len(plan.legs) > 1),
        ("held=(), lam=0.0", any(leg.pull for leg in plan.legs)),
        ("head=(), beta=0.0", any(leg.head_pull for leg in plan.legs)),
    ]
    yield f"def learn({', '.join([*wanted, *(name for name, is_wanted in optional if is_wanted)])}):"
    yield '    """One phase; the network ends with its best epoch: most validation pictures right, then least loss."""'


def _before(plan: Plan) -> Iterator[str]:
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


def _steps(plan: Plan) -> Iterator[str]:
    yield "        for step, chosen in enumerate(order):"
    has_dropout = draws_chance(plan.last.network)
    if has_dropout or plan.varies != {""}:
        yield "            seed = derive(phase, epoch, step)"
    yield from _input(plan)
    if has_dropout:
        yield "            torch.manual_seed(seed)  # for dropout"
    yield "            optimiser.zero_grad()"
    yield from _loss(plan)
    yield from _update(plan)


def _input(plan: Plan) -> Iterator[str]:
    names, fixed = plan.varies, plan.fixed(plan.last)
    (name,) = names if len(names) == 1 else ("vary",)
    if name and "" not in names and not fixed:
        yield f"            some = {name}(pictures[chosen] / 255, chance(seed))"
        return
    yield "            some = pictures[chosen] / 255"
    if not name:
        return
    anew = f"some = {name}(some, chance(seed))"
    if not fixed:
        yield f"            if vary: {anew}"
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


def _loss(plan: Plan) -> Iterator[str]:
    """The objective, in sight: the cross-entropy by autograd, the pull by its gradient."""
    pulls, pulls_head = any(leg.pull for leg in plan.legs), any(leg.head_pull for leg in plan.legs)
    smoothing = ", label_smoothing=smoothing" if plan.any("label_smoothing") else ""
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
    if plan.any("clip"):
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


def _update(plan: Plan) -> Iterator[str]:
    yield "            for group in optimiser.param_groups:"
    base = 'group["base"]' if plan.has_groups else "rate"
    yield f'                group["lr"] = {base} * factor(epoch + step / steps)'
    yield "            optimiser.step()"


def _after(plan: Plan) -> Iterator[str]:
    yield '        correct, loss = judge(net, f"{part} validation")'
    yield '        share = correct / len(DATA[f"{part} validation labels"])'
    figures = "loss {total / len(labels):.6f}, validation {loss:.6f}, {share:.2%} right"
    yield f'        print(f"{{phase}}, epoch {{epoch + 1}}: {figures}")'
    yield "        if (correct, -loss) > best:"
    yield "            best, best_epoch = (correct, -loss), epoch"
    yield "            kept = {name: tensor.clone() for name, tensor in net.state_dict().items()}"
    if plan.any("patience"):
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
