"""The outbox: every observation on disk until the centre has it."""
