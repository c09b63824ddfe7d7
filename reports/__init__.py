"""Reports: one file each; the same figures in every format."""
