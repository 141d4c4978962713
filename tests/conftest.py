"""What every test gets: no screen, folders of its own, one thread, no network."""

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before anything imports Qt: without a screen Qt would abort the test run
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before anything imports torch, as kt_gui.waiting says
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before a test imports onnxruntime, as kt_gui.engine.onnx_graphs does
os.environ["LANGUAGE"] = "en"
os.environ["LC_ALL"] = "C.UTF-8"

import gettext
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from kt_gui.schema import texts

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs the developer data where it is absent."""
    absent = pytest.mark.skip(reason=f"the developer data is not here: {SHARED_DATA}")
    for item in items:
        if item.get_closest_marker("needs_data") and not SHARED_DATA.is_dir():
            item.add_marker(absent)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the developer data; tests that use it are marked `needs_data`."""
    return SHARED_DATA


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder in place of all the user's folders."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("KT_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def english() -> None:
    """Texts are compared in English, whatever an earlier test spoke."""
    texts.use(gettext.NullTranslations())


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Results do not depend on what an earlier test set: torch, where it is loaded, uses one thread."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test tried to reach {address[0]}: tests use no network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
