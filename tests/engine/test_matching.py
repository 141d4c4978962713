import pytest

from kt_gui.engine.matching import match_classes


@pytest.mark.parametrize(
    ("there", "known", "found"),
    [
        (("bee", "ant"), ("ant", "bee"), (1, 0)),
        (("Bee",), ("ant", "bee"), (1,)),
        (("cafe\u0301",), ("caf\u00e9",), (0,)),
        (("\u00c9T\u00c9 ",), ("e\u0301te\u0301",), (0,)),
        (("wasp", "bee"), ("ant", "bee"), (-1, 1)),
        (("Bee", "bee"), ("bee", "ant"), (-1, 0)),
        (("BEE",), ("bee", "Bee"), (-1,)),
        (("BEE", "Bee"), ("bee",), (-1, -1)),
        ((), ("bee",), ()),
    ],
)
def test_classes_are_matched_by_name(there: tuple[str, ...], known: tuple[str, ...], found: tuple[int, ...]) -> None:
    assert match_classes(there, known) == found
