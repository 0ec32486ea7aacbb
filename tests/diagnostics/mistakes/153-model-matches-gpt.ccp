# CCP506: write /gpt.*/
when model matches "gpt.*" -> think
default -> default
