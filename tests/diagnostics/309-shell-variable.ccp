default -> default
