when has agent.class and agent.class != "compacton" -> a
when effort == "hihg" or stream -> a
when thinking.type in ["enable", "adaptive"] -> a
when "Manual" == compaction -> a
when endpoint in ["chat", "response"] -> a
when stream and not (endpoint == "images") -> a
when effort == "ultra" -> fine
when effort in ["low", "xhigh"] -> fine
when mode == "plans" -> fine
when agent.type == "Planner" -> fine
when tool_choice == "Auto" -> fine
when speed == "faster" -> fine
when effort matches "hig*" -> fine
when header("effort") == "hihg" -> fine
default -> ok
