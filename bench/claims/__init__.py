"""Sentences from the literature, each a run with a verdict."""

from .claim import Claim as Claim
from .claim import Number as Number
from .claim import Verdict as Verdict
from .registry import REGISTRY as REGISTRY
from .registry import find as find
