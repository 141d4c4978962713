"""Tests of `kt_gui.cluster`."""
