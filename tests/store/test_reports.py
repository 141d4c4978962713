import os
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from kt_gui.store import reports
from kt_gui.store.reports import keep, key_of, recall


class Answer(msgspec.Struct):
    numbers: tuple[int, ...]
    packed: bytes = b""


KEY = key_of("weights", 3, None)


def test_an_answer_is_read_as_it_was_written(tmp_path: Path) -> None:
    keep(tmp_path, "kind", KEY, Answer((1, 2), bytes(range(256))))
    assert recall(tmp_path, "kind", KEY, Answer) == Answer((1, 2), bytes(range(256)))


@pytest.mark.parametrize("other", [key_of("weights", 4, None), key_of("weights3", None), key_of("weights", "3", None)])
def test_an_answer_that_depends_on_something_else_is_not_found(tmp_path: Path, other: str) -> None:
    keep(tmp_path, "kind", KEY, Answer((1,)))
    assert recall(tmp_path, "kind", other, Answer) is None
    assert recall(tmp_path, "another kind", KEY, Answer) is None


@pytest.mark.parametrize("content", [b"", b"torn", msgspec.msgpack.encode({"numbers": "none"})])
def test_what_cannot_be_read_counts_as_absent(tmp_path: Path, content: bytes) -> None:
    keep(tmp_path, "kind", KEY, Answer((1,)))
    (file,) = (tmp_path / "report").iterdir()
    file.write_bytes(content)
    assert recall(tmp_path, "kind", KEY, Answer) is None


def test_the_oldest_answers_make_room(tmp_path: Path) -> None:
    with patch.object(reports, "MOST", 3500):
        for number in range(5):
            keep(tmp_path, "kind", str(number), Answer((), bytes(1000)))
            os.utime(tmp_path / "report" / f"kind-{number}.msgpack", (number, number))
    kept = [number for number in range(5) if recall(tmp_path, "kind", str(number), Answer)]
    assert kept == [2, 3, 4]


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("in the folder's place")
    keep(tmp_path, "kind", KEY, Answer((1,)))
    assert recall(tmp_path, "kind", KEY, Answer) is None
