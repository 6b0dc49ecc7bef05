"""Choose each optimizer's settings by a sweep under a stated budget."""
