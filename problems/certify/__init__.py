"""Certificates of least losses, in float64 on the host."""
