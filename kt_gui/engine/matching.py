"""Which class of another data set is which class of the network: by name. Pure: knows names, no pictures."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence


def match_classes(there: Sequence[str], known: Sequence[str]) -> tuple[int, ...]:
    """Give for each class of a set its position among the network's; −1 where the network does not know it.

    The same name counts, however its accents are written; then the same name but for capitals and space around it,
    where only one class on each side is called so.
    """
    found = [-1] * len(there)
    for write in (_composed, _alike):
        _match(there, known, found, write)
    return tuple(found)


def _match(there: Sequence[str], known: Sequence[str], found: list[int], write: Callable[[str], str]) -> None:
    """Match what is not matched yet, where a name written so is the only one on its side."""
    taken = set(found)
    here = {place: write(name) for place, name in enumerate(known) if place not in taken}
    wanted = {place: write(name) for place, name in enumerate(there) if found[place] < 0}
    counts, asked = Counter(here.values()), Counter(wanted.values())
    positions = {name: place for place, name in here.items() if counts[name] == 1}
    for place, name in wanted.items():
        if asked[name] == 1 and name in positions:
            found[place] = positions[name]


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _alike(name: str) -> str:
    return _composed(_composed(name).casefold()).strip()
