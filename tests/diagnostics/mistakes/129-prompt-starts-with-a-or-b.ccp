# CCP201: write prompt starts with "a" or prompt starts with "b"
when prompt starts with "a" or "b" -> think
default -> default
