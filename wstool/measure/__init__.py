"""
Numbers about time: histograms, and what stands in them.

Pure: no I/O, and no clock of its own. Times are whole nanoseconds.
"""

from __future__ import annotations
