when tokens > 200k -> huge
when tokens.latest > 50k -> latest
when tokens.system + tokens.tools > 30k -> fixed
when tokens - tokens.latest > 20k -> old
when 2 * tokens.messages > tokens + 10 -> mostly_messages
default -> small
