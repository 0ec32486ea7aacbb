# CCP506: write "*cli*"
when client matches "cli" -> think
default -> default
