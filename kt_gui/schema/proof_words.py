"""What a run proves, in words: the same in the terminal and in the window."""

from collections.abc import Iterator
from dataclasses import dataclass

from kt_gui.schema.activities import PHASES
from kt_gui.schema.proofs import Outcome, Passport, Reproduced, Setting, Verified
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import listed, mark, tr, trn

PARTS = {
    "source": mark("Source"),
    "target": mark("Target"),
    **{str(name): text for name, text in PHASES.items()},
    "run": mark("Run"),
    "best": mark("Best"),
    "last": mark("Last"),
}
_BADGES: dict[Outcome, str] = {
    "unchanged": mark("Frozen blocks verified unchanged"),
    "changed": mark("Frozen blocks have changed"),
    "nothing_frozen": mark("Nothing was frozen all the time"),
    "no_source": mark("There was no source to hold on to"),
    "not_transferred": mark("The run ended before the transfer"),
}
_EXPLAINED: dict[Outcome, str] = {
    "unchanged": mark(
        "All parameters and buffers that the freezing plan never let learn are, bit for bit, those of the source."
    ),
    "changed": mark(
        "Something that the freezing plan never let learn is not what the source has: these weights were changed by "
        "something else than this run."
    ),
    "nothing_frozen": mark("Every block learnt at some time, so there is nothing that must equal the source."),
    "no_source": mark("The network learnt from random weights; nothing was carried over, and nothing frozen."),
    "not_transferred": mark("It has no fine-tuned weights yet that could be compared with the source."),
}


_SURROUNDINGS = {"code": mark("Program code"), "system": mark("System")}


@dataclass(frozen=True)
class Fact:
    """One line of a passport: `whole` is what can be copied, `short` what is shown of it."""

    title: str
    short: str
    whole: str = ""
    """Empty where it is shown in full."""


def badge(verified: Verified) -> str:
    """Say it in a few words."""
    if verified.outcome == "unchanged" and not any(block.is_whole for block in verified.blocks):
        return tr("What was frozen is verified unchanged")
    return tr(_BADGES[verified.outcome])


def explained(verified: Verified) -> str:
    """Say in a sentence what was compared."""
    return tr(_EXPLAINED[verified.outcome])


def passport(told: Passport) -> Iterator[Fact]:
    """Say line by line what a run was computed from."""
    yield from (_hash(_named(tr("{part} data"), role), digest) for role, digest in told.data.items())
    yield from (_hash(_named(tr("{part} split"), role), digest) for role, digest in told.splits.items())
    if told.corrections:
        yield _hash(tr("Corrections"), told.corrections)
    yield Fact(tr("Seeds"), listed(f"{tr(PARTS[name])} {seed}" for name, seed in told.seeds.items()))
    yield from (Fact(tr(PARTS[setting.phase]), _setting(setting)) for setting in told.settings)
    yield _hash(tr("Program code"), told.code)
    packages = listed(f"{name} {version}" for name, version in told.versions.items())
    yield Fact(tr("Versions"), packages or _unknown())
    yield Fact(tr("System"), told.system or _unknown())
    yield from (_hash(_named(tr("{part} weights"), name), digest) for name, digest in told.weights.items() if digest)


def _named(text: str, part: str) -> str:
    return text.format(part=tr(PARTS[part]))


def _hash(title: str, digest: str) -> Fact:
    return Fact(title, short_hash(digest), digest) if digest else Fact(title, _unknown())


def short_hash(digest: str) -> str:
    """Shorten a hash to what a person compares."""
    return f"{digest[:8]}…{digest[-4:]}" if len(digest) > 16 else digest


def _unknown() -> str:
    return tr("not noted by the version that ran it")


def _setting(setting: Setting) -> str:
    values = setting.values
    threads = int(values.get("threads", 0))
    return listed(
        (
            str(values.get("device", "")),
            str(values.get("precision", "")),
            str(values.get("memory_format", "")).replace("_", " "),
            trn("{count} thread", "{count} threads", threads) if threads else "",
        )
    )


def reproduced(found: Reproduced) -> str:
    """Say in a sentence whether a run came out again."""
    if found.is_exact:
        return trn(
            "It came out the same, bit for bit: {count} epoch, the test and all weights.",
            "It came out the same, bit for bit: {count} epochs, the test and all weights.",
            len(found.epochs),
        )
    return tr("It came out differently: {differences}.", differences=listed(_differences(found)))


def _differences(found: Reproduced) -> Iterator[str]:
    losses = [each.loss for each in found.epochs]
    if None in losses:
        yield tr("a loss ran away in one of the two")
    if loss := max((each for each in losses if each is not None), default=0.0):
        yield tr("loss by up to {loss}", loss=number(loss))
    if accuracy := max((each.accuracy for each in found.epochs), default=0.0):
        yield tr("accuracy by up to {points} points", points=number(100 * accuracy))
    for test in found.tests:
        if test.before != test.after:
            yield tr("test accuracy by {points} points", points=number(100 * abs(test.after - test.before)))
    if found.weights is None:
        yield tr("another epoch is the best")
    elif found.weights:
        yield tr("weights by up to {difference}", difference=number(found.weights))
    if found.missing:
        yield trn("{count} epoch is only in one of them", "{count} epochs are only in one of them", found.missing)


def circumstances(found: Reproduced) -> tuple[str, ...]:
    """Say what of the surroundings is not what it was: the first place to look where something came out differently."""
    return tuple(
        tr("{name}: then {then}, now {now}", name=tr(_SURROUNDINGS.get(name, name)), then=then, now=now or tr("none"))
        for name, then, now in found.versions
    )
