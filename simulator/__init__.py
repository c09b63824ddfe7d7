"""Simulated devices and cities that really answer on loopback."""
