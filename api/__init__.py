"""HTTP: routes, pages, streams."""
