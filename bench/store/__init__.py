"""The run folder: trials, tuning, what was planned and on which machine."""
