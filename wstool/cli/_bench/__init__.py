"""What ``bench`` needs: its options, the run, and how its results are shown."""
