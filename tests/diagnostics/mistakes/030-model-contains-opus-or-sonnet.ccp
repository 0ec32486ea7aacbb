# CCP201: write model contains "opus" or model contains "sonnet"
when model contains "opus" or "sonnet" -> think
default -> default
