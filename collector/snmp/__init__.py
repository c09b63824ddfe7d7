"""SNMP: asking agents by versions 1, 2c and 3, and learning what they have."""
