# CCP402: "message" is no value that endpoint has: did you mean "messages"? the values are messages, count_tokens, chat, completions, responses, compact, embeddings, generate_content
when endpoint == "message" -> think
default -> default
