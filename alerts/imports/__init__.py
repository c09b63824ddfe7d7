"""Taking in the tickets of the operator's own ticket system: read, mapped, checked, taken (K1)."""
