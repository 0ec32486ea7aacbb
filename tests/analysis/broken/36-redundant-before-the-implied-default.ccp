when stream -> default  # ! redundant-rule
