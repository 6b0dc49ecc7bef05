"""The 24 noiseless functions of the BBOB suite, in any dimension above 1."""

from .problem import SET as SET
from .problem import bbob as bbob
