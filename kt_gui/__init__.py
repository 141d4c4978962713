"""Knowledge Transfer: carry what a network learnt on one task to another, watch it, and measure whether it helped."""

__version__ = "0.1.0"
