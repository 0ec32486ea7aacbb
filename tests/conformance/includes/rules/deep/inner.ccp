include "../shared.ccp"
when time == 00:30 -> half_past_midnight
when model == "inner" -> from_inner
