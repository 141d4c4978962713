"""Invented proofs: for pictures of the page, and for its tests. Nothing here was measured."""

import hashlib

from kt_gui import samples
from kt_gui.schema.events import Event
from kt_gui.schema.proofs import (
    BlockProof,
    EpochDifference,
    Passport,
    Reproduced,
    Setting,
    TestDifference,
    Verified,
)

RUN = "/home/kt/data/runs/2025-12-29-emoji-0001"
_MACHINE: dict[str, str | int | bool] = {
    "device": "cpu",
    "precision": "fp32",
    "memory_format": "channels_last",
    "threads": 8,
    "reuse": True,
}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _block(name: str, other: str = "") -> BlockProof:
    sums = (("source", _hash(name)), ("best", _hash(name + other)), ("last", _hash(name + other)))
    return BlockProof(block=name, tensors=6, is_whole=True, sums=sums)


VERIFIED = Verified(run=RUN, outcome="unchanged", blocks=(_block("stem"), _block("block1")))
CHANGED = Verified(run=RUN, outcome="changed", blocks=(_block("stem"), _block("block1", other="!")))
PASSPORT = Passport(
    run=RUN,
    id="0001",
    name="emoji",
    started=samples.BEGAN,
    seeds={"run": 0},
    data={"source": _hash("twemoji")[:32], "target": _hash("noto")[:32]},
    splits={"source": _hash("a"), "target": _hash("b")},
    corrections="",
    code=_hash("code"),
    versions={"kt-gui": "0.1.0", "python": "3.12.4", "torch": "2.13.0", "torchvision": "0.28.0", "numpy": "2.2.1"},
    system="Linux-6.8-x86_64",
    settings=(Setting(phase="pretraining", values=_MACHINE), Setting(phase="finetuning", values=_MACHINE)),
    weights={"source": _hash("s"), "best": _hash("t"), "last": _hash("u")},
)
_EPOCHS = tuple(EpochDifference(phase="finetuning", epoch=epoch, loss=0.0, accuracy=0.0) for epoch in range(24))
REPRODUCED = Reproduced(
    run=RUN,
    again=RUN + "-again",
    id="7b0c41d2",
    epochs=_EPOCHS,
    missing=0,
    tests=(TestDifference(phase="finetuning", before=0.71, after=0.71),),
    weights=0.0,
    versions=(),
)
APART = Reproduced(
    run=RUN,
    again=RUN + "-again",
    id="7b0c41d2",
    epochs=(*_EPOCHS, EpochDifference(phase="finetuning", epoch=24, loss=0.0031, accuracy=0.0142)),
    missing=0,
    tests=(TestDifference(phase="finetuning", before=0.71, after=0.7053),),
    weights=0.0008,
    versions=(("torch", "2.13.0", "2.14.1"),),
)

FOUND: tuple[Event, ...] = (PASSPORT, REPRODUCED, VERIFIED)
BROKEN: tuple[Event, ...] = (PASSPORT, APART, CHANGED)
