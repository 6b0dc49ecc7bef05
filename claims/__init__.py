"""Sentences from the literature, each tested by a run; and tools for own claims."""

from .check import Check as Check
from .check import Criterion as Criterion
from .check import Form as Form
from .check import above as above
from .check import below as below
from .check import bracket as bracket
from .check import near as near
from .check import within as within
from .claim import Evidence as Evidence
from .claim import claim as claim
from .draw import lines as lines
from .draw import stacked as stacked
