# CCP203: write messages, without count
when count(messages) > 5 -> think
default -> default
