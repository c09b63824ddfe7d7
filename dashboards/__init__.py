"""Grafana dashboards, built by Python."""
