"""The run folder: trials, tuning, plan and environment."""
