"""`python -m hallwatch`."""

from hallwatch.cli import main

main()
