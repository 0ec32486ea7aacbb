# CCP006: write count
when length(betas) > 2 -> think
default -> default
