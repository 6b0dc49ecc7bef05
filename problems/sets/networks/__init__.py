"""The networks of the suite, and the best losses known of them."""

from .members import SET as SET
