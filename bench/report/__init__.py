"""Tables, plots and comparisons, made only from the files of a run."""
