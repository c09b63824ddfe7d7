"""Collector: asks devices over the wire and keeps what they said until the centre has it."""
