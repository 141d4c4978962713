"""The classification sets that torchvision knows: what they are, where they lie, and reading them from a folder."""

from kt_gui.engine.catalogued.catalogue import SETS, CataloguedSet, find_set, list_sets, read_catalogued

__all__ = ["SETS", "CataloguedSet", "find_set", "list_sets", "read_catalogued"]
