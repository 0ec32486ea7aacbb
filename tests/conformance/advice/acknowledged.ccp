# ccproxy: CCP502 requests without an effort are meant
when effort != "low" and speed != "fast" -> think
when all tools starts with "mcp__" -> mcp # ccproxy: CCP503, CCP502: and those without tools
# ccproxy: CCP9999 there is none
default -> default
