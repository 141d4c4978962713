import contextlib
from pathlib import Path

import pytest

from kt_gui.schema.errors import UserError
from kt_gui.store import exports

SUFFIXES = (".safetensors", ".json")


def put(run: Path, name: str) -> tuple[Path, ...]:
    place = exports.place_for(run, None, name, SUFFIXES)
    with exports.draft(place) as draft:
        exports.put(draft, dict.fromkeys(place.names, b"new"))
        return exports.publish(draft, place)


def test_the_next_export_gets_a_number_instead_of_the_lasts_place(tmp_path: Path) -> None:
    for _ in range(3):
        put(tmp_path, "emoji")
    found = sorted(path.name for path in (tmp_path / "exports").iterdir())
    assert found == [f"emoji{number}{suffix}" for number in ("-2", "-3", "") for suffix in (".json", ".safetensors")]


def test_a_companion_alone_keeps_a_name_taken(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "emoji.json").write_bytes(b"old")
    assert [path.name for path in put(tmp_path, "emoji")] == ["emoji-2.safetensors", "emoji-2.json"]
    assert (tmp_path / "exports" / "emoji.json").read_bytes() == b"old"


def test_a_file_of_ones_own_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "net.json").write_bytes(b"mine")
    with pytest.raises(UserError, match=r"net\.json is there already"):
        exports.place_for(tmp_path, tmp_path / "net.safetensors", "emoji", SUFFIXES)


@pytest.mark.parametrize(
    ("out", "suffixes", "names"),
    [
        ("", SUFFIXES, ("emoji.safetensors", "emoji.json")),
        ("net", SUFFIXES, ("net.safetensors", "net.json")),
        ("net.safetensors", SUFFIXES, ("net.safetensors", "net.json")),
        ("page.html", (".report.html",), ("page.html",)),
        ("page.report.html", (".report.html",), ("page.report.html",)),
        ("page", (".report.html",), ("page.report.html",)),
        ("v1.2", ("-script",), ("v1.2-script",)),
    ],
)
def test_a_folder_or_a_name_with_or_without_its_ending_may_be_given(
    tmp_path: Path, out: str, suffixes: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert exports.place_for(tmp_path, tmp_path / out, "emoji", suffixes) == exports.Place(tmp_path, names)


def test_a_draft_that_fails_leaves_nothing(tmp_path: Path) -> None:
    place = exports.Place(tmp_path / "exports", ("emoji.onnx",))
    with contextlib.suppress(RuntimeError), exports.draft(place) as draft:
        exports.put(draft, {"emoji.onnx": b"half"})
        raise RuntimeError
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_folder_appears_whole_with_the_rights_of_any_other(tmp_path: Path) -> None:
    place = exports.Place(tmp_path / "exports", ("emoji-script",))
    with exports.draft(place) as draft:
        exports.put(draft, {"a.pt": b"1", "run.py": b"2"})
        paths = exports.publish_folder(draft, place, "run.py")
    (tmp_path / "other").mkdir()
    assert [path.name for path in paths] == ["run.py", "a.pt"]
    (made,) = (tmp_path / "exports").iterdir()
    assert made.name == "emoji-script"
    assert made.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    ("checkpoint", "name"), [("best", "emoji-1f"), ("last", "emoji-1f-last"), (3, "emoji-1f-epoch4")]
)
def test_an_export_is_called_like_its_run(tmp_path: Path, checkpoint: int, name: str) -> None:
    assert exports.stem(tmp_path / "2026-01-31-emoji-1f", checkpoint) == name


def test_of_two_exports_at_once_the_second_is_refused_rather_than_the_first_replaced(tmp_path: Path) -> None:
    place = exports.place_for(tmp_path, None, "emoji", SUFFIXES)
    with exports.draft(place) as draft:
        exports.put(draft, dict.fromkeys(place.names, b"second"))
        put(tmp_path, "emoji")
        with pytest.raises(UserError, match="is there already"):
            exports.publish(draft, place)
    assert (tmp_path / "exports" / "emoji.json").read_bytes() == b"new"
