"""What ``inspect`` needs: its options, its sources and what becomes of findings."""
