when turn.step == 0 -> spoken
when turn.step > 1 -> deep
when turn.step == 1 -> first
default -> nowhere
