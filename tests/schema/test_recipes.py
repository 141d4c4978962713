import msgspec

from kt_gui import samples
from kt_gui.schema.experiment import EarlierRun
from kt_gui.schema.recipes import recipe

replace = msgspec.structs.replace
BASE = samples.EXPERIMENT


def test_seed_and_name_are_no_part_of_a_recipe() -> None:
    assert recipe(replace(BASE, seed=7, name="again")) == recipe(BASE)


def test_everything_else_is() -> None:
    others = (
        replace(BASE, training=replace(BASE.training, epochs=5)),
        replace(BASE, transfer=replace(BASE.transfer, strength=0.1)),
        replace(BASE, target=replace(BASE.target, per_class=4)),
        replace(BASE, target=replace(BASE.target, split=replace(BASE.target.split, seed=1))),
        replace(BASE, source=EarlierRun(run="a")),
    )
    assert len({recipe(each) for each in (BASE, *others)}) == 6


def test_an_earlier_run_stands_for_what_it_is() -> None:
    one, other = (replace(BASE, source=EarlierRun(run=run)) for run in ("/runs/1", "/runs/2"))
    assert recipe(one) != recipe(other)
    assert recipe(one, "abc") == recipe(other, "abc")
    assert recipe(one, "abc") != recipe(one, "abd")


def test_a_recipe_does_not_change_with_the_program() -> None:
    """It is kept in `run.json`: an experiment at its defaults has the digest of what was said, and nothing else."""
    assert recipe(BASE) == "6cb9f9c9059d5d1c"
