# CCP507: did you mean "manual"? the values are manual, auto, reactive
when compaction == "manuel" -> think
default -> default
