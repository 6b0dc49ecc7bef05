"""Two runs side by side: what changed, and how sure that is."""

from .report import compare as compare
