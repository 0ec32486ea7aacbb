"""Turns a config folder into settings and locations, for the proxy, the hook and the commands alike."""
