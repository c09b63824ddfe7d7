"""Figures as they are now, as points for a metrics store: each equals what pages and reports say at that instant."""
