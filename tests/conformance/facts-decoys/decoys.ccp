# what stands under keys of another API is nothing
when prompt contains "decoy" or system contains "decoy" or max_tokens == 1 or effort == "low" -> decoyed
when any tools == "decoy" or tool_choice == "decoy" or output.format == "decoy" or user == "decoy" -> decoyed
when speed == "fast" or mode == "plan" or thinking.budget == 1 or stream or any betas == "decoy" -> decoyed
when tokens > 20 or images > 0 -> large
when prompt == "real" and (not has system or system == "real") -> real
default -> nothing
