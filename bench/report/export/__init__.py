"""A run's trials as runs of other programs that track experiments, a file each."""

from .destinations import DESTINATIONS as DESTINATIONS
from .destinations import export as export
