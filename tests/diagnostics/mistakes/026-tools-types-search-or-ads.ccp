# CCP201: write any tools.types in ["search", "ads"]
when tools.types == "search" or "ads" -> think
default -> default
