"""What of a script's network moves, when and how fast: its blocks, what is frozen, learning rates by block."""

from collections.abc import Iterator, Sequence

from kt_gui.engine.scripts.legs import Leg, narrowed, table
from kt_gui.engine.scripts.plan import Plan
from kt_gui.schema.choices import BatchNormOnly


def table_of(plan: Plan) -> str:
    network = plan.last.network
    lines = [f"    {name!r}: {block!r},".replace("'", '"') for name, block in table(network).items()]
    note = "  # the block of all whose name begins so; the longest beginning holds"
    blocks = f"BLOCKS = {network.blocks!r}".replace("'", '"')
    heading = [f"{blocks}  # from input to head"] if plan.has_groups else []
    return "\n".join([*heading, f"BLOCK = {{{note}", *lines, "}"])


def freeze(plan: Plan) -> str:
    """Write the function that says what learns in an epoch of the last phase."""
    leg, known = plan.last, plan.stages[plan.last.role]
    lines = [
        "",
        "def freeze(net, epoch):",
        '    """Let some blocks learn; the others stand still, in batch norm, too."""',
    ]
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


def _modes(plan: Plan) -> Iterator[str]:
    yield "    for name, layer in net.named_modules():"
    yield "        layer.training = block_of(name) in learning"
    if plan.keeps_statistics:
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
