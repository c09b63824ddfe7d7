"""The composition root: command line, settings, inventory, translations."""
