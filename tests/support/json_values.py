"""Any JSON at all, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st


__all__ = ["json_values"]


def json_values():
    """Make JSON of all kinds, not large."""
    return st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
        max_leaves=5,
    )
