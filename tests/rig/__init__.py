"""The rig: what is promised of faults, floods and hostile input, measured and printed.

`python -m tests.rig` runs everything and prints one table; names (`R1`) choose, `--share 0.1` does
a tenth of the long ones, as the tests do.
"""
