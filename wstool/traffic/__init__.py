"""
Messages that are made up: replies from templates, and synthetic traffic.

Pure: no I/O, and neither a clock nor random numbers of its own.
"""

from __future__ import annotations
