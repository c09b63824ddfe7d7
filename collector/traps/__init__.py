"""Traps and informs: hints to ask a device at once."""
