when model == "max_tokens" and has max_tokens -> there
when model == "tools" and has tools -> there
when model == "stream" and has stream -> there
when model == "user" and has user -> there
when model == "tokens" and has tokens and has tokens.system and has tokens.tools and has tokens.messages -> there
when model == "header" and has header("X-Team") -> there
when model == "metadata" and has metadata("team") -> there
when model == "body" and has body("a.b") -> there
when model == "not" and not has max_tokens -> there
when model == "and" and has max_tokens and has user -> there
when model == "parentheses" and has (user) -> there
when model == "time" and has time and has weekday -> there
when model == "not body" and not has body("a") -> there
default -> missing
