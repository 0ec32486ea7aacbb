when stream and has tokens.tools -> think
when has images -> think
default -> default
