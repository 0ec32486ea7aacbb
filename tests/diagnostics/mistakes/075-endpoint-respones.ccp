# CCP402: "respones" is no value that endpoint has: did you mean "responses"? the values are messages, count_tokens, chat, completions, responses, compact, embeddings, generate_content
when endpoint == "respones" -> think
default -> default
