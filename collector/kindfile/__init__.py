"""Kind files: YAML to kinds, every fault with its place."""
