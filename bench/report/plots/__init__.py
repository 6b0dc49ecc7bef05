"""Plots of a run: progress and metrics against each cost, made from its files."""

from .draw import Wanted as Wanted
from .draw import draw as draw
from .draw import draw_into as draw_into
from .values import check_values as check_values
