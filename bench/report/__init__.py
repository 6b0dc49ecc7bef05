"""Tables, plots and comparisons, made from the files of a run alone."""
