when all betas in ["a", "b"] and count(betas) > 2 -> a  # ! never-true
default -> default
