when stream -> "" 
when thinking -> thi$nk
when effort == "max" -> claude-opus-5-5[1m] fallback default
when model == claude-opus-5-5[1m] -> default
default -> default
