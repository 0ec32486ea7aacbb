# CCP506: write (model == "gpt-5" or model matches "*haiku*")
when model in ["gpt-5", "*haiku*"] -> think
default -> default
