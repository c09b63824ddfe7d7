"""The rules once more, read aloud and walked second by second; slow, plain, and apart from `sla`, which must agree."""
