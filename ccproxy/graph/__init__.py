"""A policy as a picture: rules in order, what each asks, where it leads."""
