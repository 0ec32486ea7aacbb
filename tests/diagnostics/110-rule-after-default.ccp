default -> default
when stream -> think
