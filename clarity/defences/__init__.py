"""What stands between an attacker and the detectors: transformed inputs, coarse answers."""
