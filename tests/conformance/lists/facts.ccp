when model in tools -> model_is_tool
when "Bash" in tools -> bash
when tool_choice in tools.called -> called_again
when header("x-beta") in betas -> beta
when "Edit" not in tools and has tools -> no_edit
when "Edit" not in tools -> no_tools
default -> other
