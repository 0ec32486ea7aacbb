when model == "header" -> 50% a, 50% b by header("x-user")
when model == "metadata" -> 30% a, 70% b by metadata("user")
when model == "body" -> 12.5% a, 37.5% b, 50% c by body("user.0.id")
when model == "key" -> 20% a, 80% openai/gpt-4o by key.user
when model starts with "prompt-" -> 0.5% rare, 99.5% usual by model
