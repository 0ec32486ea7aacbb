# CCP506: write /^claude-opus/
when model matches "^claude-opus" -> think
default -> default
