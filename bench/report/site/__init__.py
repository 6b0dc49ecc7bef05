"""Runs as a folder of static pages, for any host of pages."""

from .publish import publish as publish
