"""How ``inspect`` shows frames: one module a format."""
