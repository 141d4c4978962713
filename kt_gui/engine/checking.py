"""What is wrong with a data set, before anything learns from it: problems, and pictures that are there twice."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from kt_gui.engine.collection import Collection
from kt_gui.engine.mending import FEWEST_CLASSES, FEWEST_GROUPS, deal_by, is_given, leave_out, pass_over_given, use_all
from kt_gui.engine.splitting import Splits
from kt_gui.schema.events import Duplicate, Mending, Problem
from kt_gui.schema.experiment import Split
from kt_gui.schema.texts import Message, Value, mark

FEWEST_PICTURES = 5
MOST_NAMED = 8
"""Classes that are named one by one; of further ones only the number is said."""


def find_problems(collection: Collection, splits: Splits, split: Split) -> tuple[Problem, ...]:
    """What keeps the set, dealt by `split`, from being learnt, then what a person should know of it."""
    found = [
        *_too_few_classes(collection),
        *_small_classes(collection),
        *_missing_in_splits(collection, splits, split),
        *_case_variants(collection),
        *_empty_classes(collection),
        *_contradictions(collection),
        *_torn_groups(collection, splits, split),
    ]
    return tuple(sorted(found, key=lambda problem: not problem.blocking))


def _problem(text: str, remedy: str, mending: Mending | None = None, *, blocking: bool, **values: Value) -> Problem:
    return Problem(message=Message(text, values), remedy=Message(remedy), blocking=blocking, mending=mending)


def _too_few_classes(collection: Collection) -> list[Problem]:
    if len(collection.classes) >= FEWEST_CLASSES:
        return []
    return [
        _problem(
            mark("There is only one class, {name}; at least 2 are needed."),
            mark("Add pictures of another class."),
            use_all(collection),
            blocking=True,
            name=", ".join(collection.classes),
        )
    ]


def _small_classes(collection: Collection) -> list[Problem]:
    counts = np.bincount(collection.labels[collection.used], minlength=len(collection.classes)).tolist()
    small = [(name, count) for name, count in zip(collection.classes, counts, strict=True) if count < FEWEST_PICTURES]
    remedy = mark("Add pictures to the class, or leave it out.")
    mending = leave_out(collection, [name for name, _ in small])
    problems = [
        _problem(
            mark("Class {name} has 1 picture; at least {fewest} are needed.")
            if count == 1
            else mark("Class {name} has {count} pictures; at least {fewest} are needed."),
            remedy,
            mending,
            blocking=True,
            name=name,
            count=count,
            fewest=FEWEST_PICTURES,
        )
        for name, count in small
    ]
    rest = mark("{count} more classes have fewer than {fewest} pictures.")
    return _shorten(problems, rest, remedy, fewest=FEWEST_PICTURES)


def _shorten(problems: list[Problem], rest: str, remedy: str, **values: Value) -> list[Problem]:
    """Name the first few, and say how many more there are."""
    more = len(problems) - MOST_NAMED
    if more <= 1:
        return problems
    last = _problem(rest, remedy, problems[0].mending, blocking=problems[0].blocking, count=more, **values)
    return [*problems[:MOST_NAMED], last]


def _missing_in_splits(collection: Collection, splits: Splits, split: Split) -> list[Problem]:
    """Classes that a split has no picture of: fatal for training, a thing to know for the others."""
    problems: list[Problem] = []
    texts = {
        "train": mark("Class {name} has no picture for training."),
        "validation": mark("Class {name} has no picture for validation."),
        "test": mark("Class {name} has no picture for the test."),
    }
    rests = {
        "train": mark("{count} more classes have no picture for training."),
        "validation": mark("{count} more classes have no picture for validation."),
        "test": mark("{count} more classes have no picture for the test."),
    }
    for part, text in texts.items():
        held = set(collection.labels[getattr(splits, part)].tolist())
        if not held:
            problems.append(_empty_split(collection, split, part))
            continue
        missing = [name for label, name in enumerate(collection.classes) if label not in held]
        remedy, mending = _mend_missing(collection, split, part, missing)
        named = [_problem(text, remedy, mending, blocking=part == "train", name=name) for name in missing]
        problems += _shorten(named, rests[part], remedy)
    return problems


def _mend_missing(
    collection: Collection, split: Split, part: str, missing: Sequence[str]
) -> tuple[str, Mending | None]:
    """What to do where a split lacks these classes, in words and as a setting."""
    if is_given(collection, split, part):
        return mark("Add pictures there, or do not use the given split."), pass_over_given()
    if split.by == "group":
        return mark("Add groups with such pictures, or deal by class."), deal_by("class")
    return mark("Add pictures to the class, or leave it out."), leave_out(collection, missing)


def _empty_split(collection: Collection, split: Split, part: str) -> Problem:
    groups = len(set(collection.groups or ()))
    if split.by == "group" and groups < FEWEST_GROUPS:
        text = mark("Dealing by group needs at least {fewest} groups; {title} has {count}.")
        said: dict[str, Value] = {"fewest": FEWEST_GROUPS, "title": collection.title, "count": groups}
        return _problem(text, mark("Add groups, or deal by class."), deal_by("class"), blocking=True, **said)
    text = {
        "train": mark("No picture is left for training."),
        "validation": mark("No picture is left for validation."),
        "test": mark("No picture is left for the test."),
    }[part]
    mending = pass_over_given() if is_given(collection, split, part) else None
    return _problem(text, mark("Change the split, or add pictures."), mending, blocking=True)


def _case_variants(collection: Collection) -> list[Problem]:
    alike = defaultdict(list)
    for name in (*collection.classes, *collection.empty):
        alike[name.casefold().strip()].append(name)
    return [
        _problem(
            mark("Classes {names} differ only in small and capital letters."),
            mark("If they mean the same, give them one name."),
            blocking=False,
            names=", ".join(names),
        )
        for names in alike.values()
        if len(names) > 1
    ]


def _empty_classes(collection: Collection) -> list[Problem]:
    remedy = mark("Put pictures into it, or remove the folder.")
    problems = [
        _problem(
            mark("Class {name} has no picture that can be read; it is left out."), remedy, blocking=False, name=name
        )
        for name in collection.empty
    ]
    return _shorten(problems, mark("{count} more classes have no picture."), remedy)


def _contradictions(collection: Collection) -> list[Problem]:
    """The same picture under two labels."""
    classes: dict[str, set[int]] = defaultdict(set)
    for index in collection.used.tolist():
        classes[collection.digests[index]].add(int(collection.labels[index]))
    torn = {digest_ for digest_, labels in classes.items() if len(labels) > 1}
    if not torn:
        return []
    first = next(index for index, digest_ in enumerate(collection.digests) if digest_ in torn)
    return [
        _problem(
            mark("Pictures in more than one class: {count}, the first is {name}."),
            mark("Keep each picture in one class."),
            blocking=False,
            count=len(torn),
            name=collection.names[first],
        )
    ]


def _torn_groups(collection: Collection, splits: Splits, split: Split) -> list[Problem]:
    """Groups that lie in training or validation and in the test, too: the test would flatter."""
    if collection.groups is None:
        return []
    learnt = {collection.groups[index] for index in (*splits.train.tolist(), *splits.validation.tolist())}
    torn = sorted(learnt & {collection.groups[index] for index in splits.test.tolist()})
    if not torn:
        return []
    remedy, mending = _mend_torn(collection, split)
    return [
        _problem(
            mark("Groups in training and in the test: {count}, the first is {name}. The test will flatter."),
            remedy,
            mending,
            blocking=False,
            count=len(torn),
            name=torn[0],
        )
    ]


def _mend_torn(collection: Collection, split: Split) -> tuple[str, Mending | None]:
    if is_given(collection, split, "test"):
        return mark("Do not use the given split."), pass_over_given()
    if len(set(collection.groups or ())) < FEWEST_GROUPS:
        return mark("Add groups, then deal by group."), None
    return mark("Deal by group."), deal_by("group")


def find_duplicates(collection: Collection, splits: Splits) -> tuple[Duplicate, ...]:
    """Pictures that are in two different splits, pixel for pixel, each beside its first appearance."""
    parts = splits.part_of(len(collection))
    used = [index for index, part in enumerate(parts) if part != "unused"]
    return tuple(
        Duplicate(
            first=collection.names[first],
            first_split=parts[first],
            second=collection.names[second],
            second_split=parts[second],
        )
        for first, second in _repeated(collection.digests, used)
        if parts[first] != parts[second]
    )


def _repeated(digests: Sequence[str], indexes: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Pairs of the first picture and each later one of the same digest."""
    seen: dict[str, int] = {}
    for index in indexes:
        first = seen.setdefault(digests[index], index)
        if first != index:
            yield first, index


def find_overlap(source: Collection, target: Collection, splits: Splits) -> tuple[Duplicate, ...]:
    """Pictures of the source that are in the target's test, too: what was learnt there was seen before."""
    known = {source.digests[index]: index for index in reversed(source.used.tolist())}
    return tuple(
        Duplicate(
            first=source.names[known[target.digests[index]]],
            first_split="source",
            second=target.names[index],
            second_split="test",
        )
        for index in splits.test.tolist()
        if target.digests[index] in known
    )


def digest(collection: Collection) -> str:
    """Hash of the pictures, their order, their labels and the classes' names; and of what people corrected in them."""
    whole = hashlib.blake2b(digest_size=16)
    for part in ("\0".join(collection.classes), collection.labels.tobytes(), "\0".join(collection.digests)):
        whole.update(part.encode() if isinstance(part, str) else part)
        whole.update(b"\1")
    if collection.filed is not None:
        whole.update(f"{digest(collection.filed)} {collection.excluded}".encode())
    return whole.hexdigest()
