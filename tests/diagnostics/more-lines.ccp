default -> default
when stream

  and thinking
  and tokens > 5
  and messages > 3
  -> think
