"""Channels of notice, one file each, in one table."""
