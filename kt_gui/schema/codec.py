"""Strict TOML and JSON in and out. Errors name the file, the field and the remedy."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from kt_gui.schema.datasets import ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Happening
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import tr
