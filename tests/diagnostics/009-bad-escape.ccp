when prompt contains "C:\dir" -> think
default -> default
