# CCP507: did you mean "responses"? the values are messages, count_tokens, chat, completions, responses, compact, embeddings, generate_content
when endpoint in ["chat", "response"] -> think
default -> default
