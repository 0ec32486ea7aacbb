when stream -> only
default -> default
