"""The long proofs: the same code with few rounds in CI, in full by scripts/proof."""
