"""Plots of a run: progress against seconds and calls, made from its files."""

from .draw import draw as draw
