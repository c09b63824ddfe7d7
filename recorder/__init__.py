"""MQTT to store: refuse, deduplicate, receipt, judge what is affected."""
