"""Recorded walks, read into what an agent would answer."""
