default -> default
when stream
  and thinking
  -> think because "two lines more"

assert when stream -> never think
