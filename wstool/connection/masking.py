"""Which function masks: the one in C that websockets ships, once that pays."""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import cast

from wstool.wire.masking import Mask, xor_mask


__all__ = ["bulk_mask", "mask_for"]

# Loading the function takes as long as masking about this much with integers.
_BULK_SIZE = 1 << 14

_bulk: Mask | None = None


def mask_for(size: int) -> Mask:
    """Choose the function that masks this many bytes soonest, loading included."""
    if _bulk is not None:
        return _bulk
    return xor_mask if size < _BULK_SIZE else bulk_mask()


def bulk_mask() -> Mask:
    """Fetch the function in C; where there is none, the one of large integers."""
    global _bulk
    if _bulk is None:
        _bulk = _load() or xor_mask
    return _bulk


def _load() -> Mask | None:
    """
    Load the extension module alone.

    Importing the package websockets around it takes 25 ms, of which a client command
    needs nothing.
    """
    package = PathFinder.find_spec("websockets")
    locations = package.submodule_search_locations if package is not None else None
    spec = PathFinder.find_spec("websockets.speedups", locations)
    if spec is None or spec.loader is None:
        return None
    try:
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    except ImportError:
        return None
    return cast(Mask, module.apply_mask)
