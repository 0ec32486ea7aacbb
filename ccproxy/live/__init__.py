"""Turns the records of a proxy, and the policy that is being edited, into a page for one's own browser."""
