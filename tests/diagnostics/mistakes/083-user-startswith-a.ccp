# CCP006: write starts with
when user startswith "a" -> think
default -> default
