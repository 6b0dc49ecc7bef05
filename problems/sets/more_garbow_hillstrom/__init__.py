"""The 35 unconstrained test functions of More, Garbow and Hillstrom."""

from .function import Dimensions as Dimensions
from .function import Function as Function
from .function import Known as Known
from .functions import FUNCTIONS as FUNCTIONS
from .members import SET as SET
from .members import more_garbow_hillstrom as more_garbow_hillstrom
