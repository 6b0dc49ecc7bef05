"""Trials done in a process of their own, and what comes after."""
