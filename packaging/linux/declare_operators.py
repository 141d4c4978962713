"""Run by the bundle before the program: the first import of torchvision finds its operators declared.

The bundle leaves torchvision's library out, because it is linked to CUDA. torch is imported no earlier than otherwise.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType


class BeforeTorchvision(MetaPathFinder):
    """Declares the operators when torchvision is first looked for, then steps aside; finds nothing itself."""

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> None:
        if fullname == "torchvision":
            sys.meta_path.remove(self)
            from kt_gui.engine.operators import declare_operators

            declare_operators()


sys.meta_path.insert(0, BeforeTorchvision())
