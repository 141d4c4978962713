"""Settings of the application that outlive it, and belong to no experiment."""

from typing import Annotated, Literal

import msgspec

from kt_gui.schema.choices import Record
from kt_gui.schema.texts import about, mark

RECENT = 8
"""How many folders are remembered."""


class Settings(Record, frozen=True, kw_only=True):
    """What a person chose once for all runs."""

    language: Annotated[
        Literal["system", "en", "zh_CN"], about(mark("Language"), mark("Of all texts, in window and terminal."))
    ] = "system"
    theme: Annotated[Literal["system", "light", "dark"], about(mark("Theme"), mark("Light or dark."))] = "system"
    device: Annotated[str, about(mark("Device"), mark("Where new experiments run: auto, cpu, cuda, cuda:1, mps."))] = (
        "auto"
    )
    cache_gb: Annotated[
        float,
        about(
            mark("Cache"),
            mark("Room for what frozen blocks compute and for decoded pictures; 0 keeps none and computes it anew."),
            unit="GB",
            ge=0,
            le=100_000,
        ),
    ] = 10.0
    memory_gb: (
        Annotated[
            float,
            about(
                mark("Memory for pictures"),
                mark("What is larger is read from the cache batch by batch; left out, a quarter of what is free."),
                unit="GB",
                start=4,
                gt=0,
                le=100_000,
            ),
        ]
        | None
    ) = None
    recent: Annotated[tuple[str, ...], about(mark("Recent folders"), mark("Data opened last, the newest first."))] = ()


def remember(settings: Settings, folder: str) -> Settings:
    """Put a folder in front of the recent ones."""
    others = tuple(each for each in settings.recent if each != folder)
    return msgspec.structs.replace(settings, recent=(folder, *others)[:RECENT])
