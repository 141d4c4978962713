"""What the session offers, some of it loaded only when it is asked for."""

import pytest

from kt_gui import session


@pytest.mark.parametrize("name", session.__all__)
def test_whatever_is_offered_is_there(name: str) -> None:
    assert getattr(session, name).__name__ == name


def test_nothing_else_is_found() -> None:
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        _ = session.absent


def test_every_function_is_where_the_session_says() -> None:
    assert [name for name in session.__all__ if not callable(getattr(session, name))] == []
    later = {name for names in session._LATER.values() for name in names}
    assert later <= set(session.__all__)
