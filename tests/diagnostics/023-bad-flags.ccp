when prompt matches /deploy/gi -> think
default -> default
