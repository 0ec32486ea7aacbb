when endpoint == "messages" -> messages
when endpoint == "count_tokens" -> count_tokens
when endpoint == "chat" -> chat
when endpoint == "completions" -> completions
when endpoint == "responses" -> responses
when endpoint == "embeddings" -> embeddings
when endpoint == "compact" -> compact
when endpoint == "generate_content" -> generate_content
when has endpoint -> another
default -> missing
