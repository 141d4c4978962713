"""How torch's threads wait for each other on a processor. Said in the environment, before torch is loaded.

Left to themselves (GNU OpenMP) they spin until there is work, for so long that a step takes ten times as long where
other programs want the cores. Told to sleep at once, a step of ResNet-18 takes 9 % longer on a quiet machine than
spinning. Ten thousand turns before they sleep, some ten microseconds, are as quick as spinning there, and where both
cores are wanted elsewhere quicker than either: 0.80 s a step; 0.88 asleep at once, 1.08 after thirty thousand turns.
"""

import os

WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "10000"}


def settle() -> None:
    """Say so, unless the environment says otherwise already."""
    for name, value in WAITING.items():
        os.environ.setdefault(name, value)
