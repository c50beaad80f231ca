"""Importing large libraries in less time."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def loading() -> Iterator[None]:
    """Around imports. Python's garbage collector would go through all that exists again and again as it grows: a
    quarter of the time that torch and Lightning take. What was loaded stays, so later collections leave it out too.
    """
    before = len(sys.modules)
    gc.disable()
    try:
        yield
    finally:
        if len(sys.modules) > before:  # else nothing came but what the caller may drop again
            gc.freeze()
        gc.enable()


@contextmanager
def without_signal_processing() -> Iterator[None]:
    """Around the import of Lightning, which takes one class of torchmetrics. That loads SciPy's signal processing (500
    modules, 0.7 s) to look for an old name, `hamming`; a module that has nothing else stands in meanwhile.
    """
    name = "scipy.signal"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = stand_in = ModuleType(name)
    vars(stand_in)["hamming"] = None
    try:
        yield
    finally:
        del sys.modules[name]  # who needs the real one gets it
