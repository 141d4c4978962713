"""Count the parameters of every pretrained model of timm and write kt_gui/engine/timm_parameters.json.

timm itself tells them on its hub only. Run after an upgrade of timm: `python packaging/timm_parameters.py` (minutes).
"""

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import timm
import torch

TABLE = Path(__file__).parents[1] / "kt_gui" / "engine" / "timm_parameters.json"


def count(model: str, classes: int) -> int | None:
    """Build a model without memory, or with it where its builder computes with tensors; None where neither works."""
    for device in ("meta", "cpu"):
        try:
            with torch.device(device):
                built = timm.create_model(model, num_classes=classes)
        except (RuntimeError, NotImplementedError) as error:
            print(f"{model} on {device}: {error}", file=sys.stderr)
            continue
        return sum(part.numel() for part in built.parameters())
    return None


def count_all() -> Iterator[tuple[str, int]]:
    """Count each architecture once for every number of classes it was trained on."""
    configurations = {name: timm.get_pretrained_cfg(name) for name in timm.list_models(pretrained=True)}
    models = [(name, cfg.num_classes) for name, cfg in configurations.items() if cfg is not None]
    ordered = sorted(models, key=lambda one: (one[0].partition(".")[0], one[1], one[0]))
    for (_, classes), same in groupby(ordered, key=lambda one: (one[0].partition(".")[0], one[1])):
        names = [name for name, _ in same]
        parameters = count(names[0], classes)
        yield from ((name, parameters) for name in names if parameters is not None)


def leave_unfilled() -> None:
    """Let nobody draw initial weights: they are not asked for here, and take most of the time."""
    for name in dir(torch.nn.init):
        if name.endswith("_") and not name.startswith("_"):
            setattr(torch.nn.init, name, lambda tensor, *_, **__: tensor)
    timm.layers.weight_init._trunc_normal_ = lambda tensor, *_, **__: tensor


def main() -> None:
    """Write the table, one model a line."""
    leave_unfilled()
    TABLE.write_text(json.dumps(dict(sorted(count_all())), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
