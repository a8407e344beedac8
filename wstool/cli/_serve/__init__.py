"""What ``serve`` needs: its options, the run, its log and its view."""
