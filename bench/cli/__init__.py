"""The command line: one file for each verb."""

from .main import main as main
from .main import script as script
