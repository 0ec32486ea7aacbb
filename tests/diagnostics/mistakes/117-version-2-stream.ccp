# CCP015: write version 1, or use a ccproxy that knows version 2
version 2
when stream -> think
default -> default
