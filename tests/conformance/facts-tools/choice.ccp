when tool_choice == "auto" -> auto
when tool_choice == "any" -> any_tool
when tool_choice == "none" -> no_tool
when tool_choice == "Bash" -> bash
when tool_choice == "validated" -> validated
when has tool_choice -> other
default -> missing
