# CCP010: the suffixes are k (1,000) and M (1,000,000)
when tokens > 60K -> think
default -> default
