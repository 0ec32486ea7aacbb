# CCP201: compare it: tokens > 0
when tokens -> think
default -> default
