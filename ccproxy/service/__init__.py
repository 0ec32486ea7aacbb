"""Starts the proxy and examines it: processes, status, logs, install, doctor, demo."""
