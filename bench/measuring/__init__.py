"""Metered steps, a clock, and a trial made of them."""
