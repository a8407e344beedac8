"""What ``estimate`` needs: its constants, its calibration and its tables."""
