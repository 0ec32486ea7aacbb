"""The requests that a policy can tell apart, and the search in them."""
