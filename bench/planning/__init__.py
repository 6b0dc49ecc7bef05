"""From a config to the trials of a run."""
