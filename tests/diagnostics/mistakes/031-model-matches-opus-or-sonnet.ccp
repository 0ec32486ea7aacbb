# CCP201: write model matches "*opus*" or model matches "*sonnet*"
when model matches "*opus*" or "*sonnet*" -> think
default -> default
