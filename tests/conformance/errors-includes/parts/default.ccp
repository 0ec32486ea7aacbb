default -> a
