"""An optimizer ranked in the field of a run whose costs are kept."""
