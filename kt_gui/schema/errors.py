"""The one exception class for what people can mend. Everything else is a bug and shows a report."""


class UserError(Exception):
    """Say what went wrong and what to do about it, both already in the user's language.

    `message` names the file and the field where there are such; `remedy` is an instruction.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} - {self.remedy}"


class NoRoom(UserError):  # noqa: N818 - told to people as what it is
    """A disk refuses what was only to be kept for later: whoever wanted to keep it can go on without."""


class Lasting(UserError):  # noqa: N818 - told to people as what it is
    """What was asked cannot be known of this run, however often it is asked: no second try is offered."""


class Diverged(UserError):  # noqa: N818 - told to people as what it is
    """A training whose loss or weights are no numbers any more."""
