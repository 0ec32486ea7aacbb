# CCP301: did you mean "long_context"?
when stream -> long-context
default -> default
