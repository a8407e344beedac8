"""The command ``wstool``."""

from __future__ import annotations

import gc


# Imports make many objects and no garbage; collecting it meanwhile takes a tenth of the
# start. Whatever runs an event loop turns the collector on again.
gc.disable()

from wstool.cli import main  # noqa: E402


__all__ = ["main"]

if __name__ == "__main__":
    main()
