"""What a run can prove of itself: what was frozen has not moved, and what it was computed from."""

import hashlib
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch
from kt_gui.schema.proofs import BlockProof, Outcome, Passport, Reproduced, Setting, Verified
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session.sources import at_size, restore
from kt_gui.store import contents, environment, reports, runs
from kt_gui.store.corrections import read_in_run
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from kt_gui.engine.backbones import Network
    from kt_gui.store.contents import Contents, Which

REPRODUCTION, NEWEST = "reproduction", "newest"


def verify(folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:  # noqa: ARG001 - as all work
    """Compare what was frozen with the source; yields the `Passport` and the last `Reproduced` there was, if any.

    Ends with `Verified`. Raises UserError where a checkpoint is damaged, Stopped.
    """
    yield passport(folder)
    known = reports.recall(folder, REPRODUCTION, NEWEST, Reproduced)
    if known is not None:
        yield known
    yield (yield from _verified(folder, stop))


# --- frozen blocks ---------------------------------------------------------------------------------------------------


def _verified(folder: Path, stop: StopToken) -> Generator[Event, None, Verified]:
    experiment, saved = runs.read_experiment(folder), contents.read_contents(folder)
    if isinstance(experiment.source, Scratch):
        return Verified(run=str(folder), outcome="no_source")
    last = saved.weights.get("last")
    if runs.read_file(folder).result is not None:
        contents.look_up(folder, "last", saved)  # what has come to its end had weights
    if "source" not in saved.weights or last is None or last.phase != "finetuning":
        return Verified(run=str(folder), outcome="not_transferred")
    blocks = yield from _compared(folder, experiment, saved, (last.epoch or 0) + 1, stop)
    return Verified(run=str(folder), outcome=_outcome(blocks), blocks=blocks)


def _outcome(blocks: tuple[BlockProof, ...]) -> Outcome:
    if not blocks:
        return "nothing_frozen"
    return "unchanged" if all(block.is_equal for block in blocks) else "changed"


def _compared(
    folder: Path, experiment: Experiment, saved: "Contents", epochs: int, stop: StopToken
) -> Generator[Event, None, tuple[BlockProof, ...]]:
    """Hash what never learnt in these epochs, block by block, in every checkpoint."""
    from kt_gui.engine.freezing import still_tensors

    network = at_size(restore(folder, "source"), experiment.training.image_size)
    transfer = experiment.transfer
    still = still_tensors(network, transfer.freezing, epochs, transfer.batch_norm)
    states = {"source": network.module.state_dict(), **_fine_tuned(folder, saved)}
    proofs = []
    for done, block in enumerate(network.blocks):
        if stop.requested():
            raise Stopped
        yield Progressed(activity="testing", done=done, total=len(network.blocks), subject=block, unit="steps")
        proofs.append(_proof(network, block, still, states))
    return tuple(proof for proof in proofs if proof.tensors)


def _fine_tuned(folder: Path, saved: "Contents") -> dict[str, "Mapping[str, Tensor]"]:
    """Read the checkpoints of the transfer: the last, and the best where an epoch has ended."""
    from kt_gui.store import checkpoints

    names: tuple[Which, ...] = ("best", "last")
    wanted = [name for name in names if name in saved.weights and saved.weights[name].phase == "finetuning"]
    return {name: checkpoints.load_weights(folder, name)[1] for name in wanted}


def _proof(
    network: "Network", block: str, still: frozenset[str], states: "Mapping[str, Mapping[str, Tensor]]"
) -> BlockProof:
    from kt_gui.engine.fingerprints import fingerprint

    every = [name for name in network.module.state_dict() if network.owner[name] == block]
    names = [name for name in every if name in still]
    return BlockProof(
        block=block,
        tensors=len(names),
        is_whole=len(names) == len(every),
        sums=tuple((which, fingerprint(state, names)) for which, state in states.items()),
    )


# --- the passport ----------------------------------------------------------------------------------------------------


def passport(folder: Path) -> Passport:
    """Tell what a run was computed from, as it was written down. Raises UserError."""
    told, experiment, known = runs.read_file(folder), runs.read_experiment(folder), environment.recorded(folder)
    return Passport(
        run=str(folder),
        id=told.id,
        name=told.name,
        started=told.started,
        seeds=_seeds(experiment),
        data={str(role): digest for role, digest in known.data.items()},
        splits={str(role): digest for role, digest in known.splits.items()},
        corrections=_corrections(folder),
        code=known.code,
        versions=known.versions,
        system=known.system,
        settings=tuple(Setting(phase=phase, values=values) for phase, values in known.resolved.items()),
        weights=_weights(folder),
    )


def _weights(folder: Path) -> dict[str, str]:
    known = contents.read_contents(folder).sums
    return {name: known.get(f"{name}.safetensors", "") for name in ("source", "best", "last")}


def _seeds(experiment: Experiment) -> dict[str, int]:
    seeds = {"run": experiment.seed}
    if isinstance(experiment.source, Pretrain) and experiment.source.split.seed is not None:
        seeds["source"] = experiment.source.split.seed
    if experiment.target.split.seed is not None:
        seeds["target"] = experiment.target.split.seed
    return seeds


def _corrections(folder: Path) -> str:
    """Hash what was said of the run's pictures when it began."""
    roles: tuple[Role, ...] = ("source", "target")
    known = {role: read_in_run(folder, role) for role in roles}
    said = {role: each.corrections for role, each in known.items() if each is not None and each.corrections}
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest() if said else ""
