"""The 53 smooth problems of More and Wild."""

from .members import SET as SET
from .members import more_wild as more_wild
