"""Turns a command into a running proxy, and into what there is to know about it: processes, status, logs, install, doctor, demo."""
