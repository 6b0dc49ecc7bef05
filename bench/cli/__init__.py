"""The command line: a file a verb."""

from .main import main as main
from .main import script as script
