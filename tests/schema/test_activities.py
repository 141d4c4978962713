from typing import get_args

from kt_gui.schema.activities import ACTIVITIES, PHASES
from kt_gui.schema.events import Activity, Phase


def test_all_that_goes_on_has_a_name() -> None:
    assert ACTIVITIES.keys() == set(get_args(Activity))
    assert PHASES.keys() == set(get_args(Phase))
