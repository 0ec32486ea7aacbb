when model matches "claude-opus-4-8[1m]" -> think
when any tools matches "*\u{2d}[fast]*"   -> think
default -> default
