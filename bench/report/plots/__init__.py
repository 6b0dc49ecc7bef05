"""Draw a run: what progress cost, in seconds and in calls, from its files alone."""

from .draw import draw as draw
