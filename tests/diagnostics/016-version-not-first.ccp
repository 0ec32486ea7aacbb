default -> default
version 1
