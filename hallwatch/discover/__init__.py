"""What is in a network: a gentle scan, what was found, and how that differs from the inventory (O9)."""
