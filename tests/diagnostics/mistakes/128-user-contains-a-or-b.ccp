# CCP201: write user contains "a" or user contains "b"
when user contains "a" or "b" -> think
default -> default
