"""Experiment files in and out, and what a wrong one is told."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from kt_gui.schema import fields
from kt_gui.schema.choices import SGD, Everything, LastBlocks, NoAugmentation
from kt_gui.schema.codec import (
    decode_event,
    dump_experiment,
    dump_study,
    encode_event,
    load_experiment,
    load_study,
    override,
    parse_experiment,
    resolved,
)
from kt_gui.schema.datasets import Bundled, Catalogued, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Noticed, Progressed, Result, RunEnded, Surveyed, Thumbnail
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, Target, Transfer, WeightsFile
from kt_gui.schema.studies import LambdaSearch, Study
from kt_gui.schema.texts import Message

SMALL = """
version = 2
name = "small"
[source]
kind = "scratch"
network = "small_cnn"
[target.data]
kind = "bundled"
name = "fashion"
"""


def small(**changes: Any) -> Experiment:
    base = Experiment(source=Scratch(network="small_cnn"), target=Target(data=Bundled(name="fashion")))
    return msgspec.structs.replace(base, **changes)


def complaint(text: str) -> str:
    with pytest.raises(UserError) as raised:
        parse_experiment(text, "e.toml")
    return str(raised.value)


def test_a_file_needs_no_more_than_a_source_and_a_target() -> None:
    assert parse_experiment(SMALL, "e.toml") == small(name="small")


# --- any experiment comes back as it was ---------------------------------------------------------------------------


def drawn(kind: inspect.Type, chance: random.Random) -> Any:
    """Draw a plain value that a field accepts."""
    kind = fields.bare(kind)
    match kind:
        case inspect.UnionType():
            return drawn(chance.choice(kind.types), chance)
        case inspect.StructType():
            tag = {"kind": kind.tag} if kind.tag else {}
            return tag | {field.encode_name: drawn(field.type, chance) for field in kind.fields}
        case inspect.IntType():
            return chance.randint(int(kind.ge or 0), int(kind.le or kind.lt or 1000) - 1)
        case inspect.FloatType():
            low = float(kind.ge if kind.ge is not None else kind.gt or 0)
            high = float(kind.le or kind.lt or 1000)
            return low + (high - low) * chance.uniform(0.001, 0.999)
        case inspect.BoolType():
            return chance.random() < 0.5
        case inspect.LiteralType():
            return chance.choice(kind.values)
        case inspect.VarTupleType():
            return [drawn(kind.item_type, chance) for _ in range(chance.randint(0, 3))]
        case inspect.NoneType():
            return None
        case _:
            return "".join(chance.choice('aé"\\\n\t 表=#[]😀') for _ in range(chance.randint(0, 8)))


@pytest.mark.parametrize("seed", range(200))
def test_any_experiment_comes_back_from_its_file_as_it_was(seed: int) -> None:
    experiment = msgspec.convert(drawn(fields.form(Experiment), random.Random(seed)), Experiment)
    assert parse_experiment(dump_experiment(experiment), "e.toml") == experiment


def test_a_written_file_shows_the_defaults_and_leaves_out_what_is_none() -> None:
    text = dump_experiment(small())
    assert "lambda = 0.005" in text
    assert "per_class" not in text


# --- wrong files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("sead = 3", ["“sead”", "e.toml, sead", "“seed”"]),
        ("[transfer]\nlamda = 1.0", ["“lamda”", "e.toml, transfer.lamda", "“lambda”"]),
        ("[transfer]\nqqqqqq = 1.0", ["transfer.qqqqqq", "Use one of: freezing, lambda, beta"]),
        ("[transfer]\nlambda = -1.0", ["-1.0", "transfer.lambda", "≥ 0", "≤ 1000"]),
        ("[transfer]\nlambda = nan", ["nan", "transfer.lambda"]),
        ("[transfer]\nbatch_norm = true", ["true", "transfer.batch_norm", "train"]),
        ("[training]\nepochs = 'many'", ["“many”", "training.epochs", "a whole number ≥ 1"]),
        ("[training]\nepochs = 1.5", ["1.5", "training.epochs", "a whole number"]),
        ("[training.optimiser]\nkind = 'sdg'", ["“sdg”", "training.optimiser.kind", "“sgd”"]),
        ("[training.optimiser]\nkind = 'lion'", ["“lion”", "Use one of: sgd, adam, adamw"]),
        ("[training.optimiser]\nmomentum = 0.5", ["missing", "training.optimiser.kind", "sgd | adam | adamw"]),
        ("training = 3", ["3", "e.toml, training", "a table"]),
        ("version = 99", ["newer version", "e.toml", "Update"]),
        ("seed = ", ["not valid TOML", "e.toml, line 1"]),
    ],
)
def test_a_wrong_file_is_told_what_where_and_what_to_do(change: str, expected: list[str]) -> None:
    body = SMALL.replace("version = 2\n", "") if "version" in change else SMALL
    text = f"{body}\n{change}" if change.startswith("[") else f"{change}\n{body}"
    said = complaint(text)
    assert all(part in said for part in expected), said


def test_a_study_is_not_taken_for_an_experiment_nor_the_other_way_round(tmp_path: Path) -> None:
    experiment, study = tmp_path / "mine.toml", tmp_path / "study.toml"
    experiment.write_text(SMALL, encoding="utf-8")
    asked = Study(study=LambdaSearch(), experiment=load_experiment(experiment))
    study.write_text(dump_study(asked), encoding="utf-8")
    with pytest.raises(UserError, match="holds a study") as told:
        load_experiment(study)
    assert f"kt study {study}" in told.value.remedy
    with pytest.raises(UserError, match="holds an experiment") as told:
        load_study(experiment)
    assert f"kt study --print lambda {experiment}" in told.value.remedy
    assert load_study(study) == asked


def test_a_missing_field_is_named_with_what_it_accepts() -> None:
    said = complaint(SMALL.replace('network = "small_cnn"', ""))
    assert "source.network" in said
    assert "text" in said


def test_an_item_of_a_list_is_named_by_its_place() -> None:
    said = complaint(f'{SMALL}classes = ["a", 3]')
    assert "target.data.classes.1" in said


def test_a_syntax_error_in_the_last_line_names_it() -> None:
    assert "line 2" in complaint('name = "a"\nseed = [1')


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(UserError, match=str(path)):
            load_experiment(path)


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_bytes(b'name = "\xff\xfe"')
    with pytest.raises(UserError, match="UTF-8"):
        load_experiment(path)


# --- paths -----------------------------------------------------------------------------------------------------------


def test_relative_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    folder = tmp_path / "Größe 数据"
    folder.mkdir()
    (folder / "e.toml").write_text(
        '[source]\nkind = "file"\npath = "w.safetensors"\nnetwork = "n"\n[target.data]\nkind = "folder"\npath = "../p"',
        encoding="utf-8",
    )
    experiment = load_experiment(folder / "e.toml")
    assert experiment.source == WeightsFile(path=str(folder / "w.safetensors"), network="n")
    assert experiment.target.data == ImageFolder(path=str(folder / ".." / "p"))


def test_absolute_paths_and_names_of_runs_stay(tmp_path: Path) -> None:
    experiment = small(source=EarlierRun(run="my run"), target=Target(data=ImageTable(path="/data/t.csv")))
    assert resolved(experiment, tmp_path) == experiment


def test_a_run_in_a_folder_beside_the_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.json").write_text("{}")
    found = resolved(small(source=EarlierRun(run="old")), tmp_path).source
    assert found == EarlierRun(run=str(tmp_path / "old"))


def test_the_folder_of_a_catalogued_source_starts_there_too(tmp_path: Path) -> None:
    source = Pretrain(network="n", data=Catalogued(name="cifar10", folder="c"))
    found = resolved(small(source=source), tmp_path).source
    assert isinstance(found, Pretrain)
    assert found.data == Catalogued(name="cifar10", folder=str(tmp_path / "c"))


# --- assignments -----------------------------------------------------------------------------------------------------


def test_assignments_change_fields_by_their_path() -> None:
    changed = override(small(), ["target.per_class=5", "transfer.lambda=0.01", "seed=3", "name=my run"])
    assert (changed.target.per_class, changed.transfer.strength, changed.seed, changed.name) == (5, 0.01, 3, "my run")


def test_a_bare_word_names_the_kind_of_a_choice() -> None:
    changed = override(small(), ["training.augmentation=none", "transfer.freezing={kind='last', blocks=2}"])
    assert changed.training.augmentation == NoAugmentation()
    assert changed.transfer.freezing == LastBlocks(blocks=2)


def test_a_new_kind_starts_with_its_own_fields() -> None:
    changed = override(small(), ["target.data.kind=folder", "target.data.path=/p", "training.optimiser.kind=adam"])
    assert changed.target.data == ImageFolder(path="/p")


def test_the_same_kind_again_keeps_the_fields() -> None:
    base = override(small(), ["training.optimiser.momentum=0.5"])
    assert override(base, ["training.optimiser.kind=sgd"]).training.optimiser == SGD(momentum=0.5)


def test_none_empties_a_field_that_may_be_empty() -> None:
    base = override(small(), ["target.per_class=5"])
    assert override(base, ["target.per_class=none"]).target.per_class is None


def test_a_text_may_look_like_a_number() -> None:
    assert override(small(), ["name=2024"]).name == "2024"
    assert override(small(), ['name="a=b"']).name == "a=b"


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("target.perclass=5", ["“perclass”", "--set, target.perclass", "“per_class”"]),
        ("nonsense.x=5", ["“nonsense”", "version, name, seed, source, target, transfer, training"]),
        ("seed.deeper=5", ["seed.deeper"]),
        ("seed=many", ["“many”", "seed", "a whole number ≥ 0"]),
        ("seed", ["“seed”", "target.per_class=5"]),
        ("=5", ["target.per_class=5"]),
        ("target.data.kind=folder", ["missing", "target.data.path"]),
    ],
)
def test_a_wrong_assignment_is_told_what_where_and_what_to_do(assignment: str, expected: list[str]) -> None:
    with pytest.raises(UserError) as raised:
        override(small(), [assignment])
    assert all(part in str(raised.value) for part in expected), str(raised.value)


def test_overriding_nothing_changes_nothing() -> None:
    experiment = small(transfer=Transfer(freezing=Everything(), strength=0.0))
    assert override(experiment, []) == experiment


# --- help ------------------------------------------------------------------------------------------------------------


def test_every_field_has_a_title_and_says_what_it_accepts() -> None:
    found = list(fields.every(fields.form(Experiment)))
    assert len(found) > 60
    assert all(field.accepts and field.title for field in found)
    assert {"transfer.lambda", "training.optimiser(sgd).momentum", "source(pretrain).data(folder).path"} <= {
        field.path for field in found
    }


# --- events ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        Progressed(at=1.5, activity="reading", done=1, total=2, subject="表"),
        Noticed(level="warning", message=Message("Only {n} left.", {"n": 3})),
        Surveyed(
            title="t", pictures=1, classes=(), thumbnails=(Thumbnail(png=b"\x89P", label="a", name="b", split=""),)
        ),
        RunEnded(ended="stopped", run="r", folder="/f", stopped=True, result=Result(None, 0.5, 1, 0.1, 2, 3, 4.0)),
    ],
)
def test_events_come_back_from_their_line(event: Any) -> None:
    line = encode_event(event)
    assert b"\n" not in line
    assert decode_event(line) == event


def test_a_number_that_is_not_finite_is_null_in_a_line() -> None:
    result = Result(None, None, None, float("nan"), 2, 3, 4.0)
    line = encode_event(RunEnded(ended="stopped", run="r", folder="/f", stopped=True, result=result))
    assert b'"drift":null' in line


def test_a_file_of_version_1_goes_on_varying_pictures_anew() -> None:
    """In version 1 there were no fixed views: what such a file says gives what it gave."""
    old = parse_experiment(SMALL.replace("version = 2\n", "version = 1\n"), "old.toml")
    assert (old.version, old.transfer.views) == (2, 0)
    assert parse_experiment(SMALL, "new.toml").transfer.views == Transfer().views > 0
