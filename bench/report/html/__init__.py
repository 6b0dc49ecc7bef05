"""One HTML page of one or more runs, which needs no network."""

from .page import page as page
from .write import write as write
