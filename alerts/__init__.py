"""Tickets, timers, notices and their channels."""
