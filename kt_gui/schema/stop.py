"""The token by which the one who looks on pauses or stops the one who works. Thread-safe, cooperative."""

import threading
from typing import Literal

Verb = Literal["keep", "discard"]


class StopToken:
    """Pause, resume and stop a generator of events. The worker asks between steps; nobody is ever interrupted."""

    def __init__(self) -> None:
        self._going = threading.Event()
        self._going.set()
        self._verb: Verb | None = None

    def pause(self) -> None:
        """Hold the work at its next step."""
        self._going.clear()

    def resume(self) -> None:
        """Let paused work go on."""
        self._going.set()

    def stop(self, verb: Verb = "keep") -> None:
        """Ask the work to end: `keep` what it has, or `discard` it. Ends a pause too."""
        self._verb = verb
        self._going.set()

    @property
    def paused(self) -> bool:
        """Whether the work is held."""
        return not self._going.is_set()

    @property
    def verb(self) -> Verb | None:
        """How the work was asked to end, or None while it may go on."""
        return self._verb

    def requested(self) -> bool:
        """Wait while paused, then tell whether to end. Called by the worker between steps."""
        self._going.wait()
        return self._verb is not None


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Work was asked to end and has nothing to keep. Not an error: front ends show nothing."""
