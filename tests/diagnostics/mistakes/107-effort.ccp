# CCP201: write effort == "…", or has effort
when effort -> think
default -> default
