"""Meter, clock, compiled programs, trials, sweeps and prices."""
