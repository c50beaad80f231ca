"""The form of dates that needs no name."""

ISO = "iso"
"""Stands for the forms of ISO 8601, instead of a form of one's own like %d.%m.%Y."""
