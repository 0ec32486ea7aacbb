when header("authorization") == "a" -> b
when header("Authorization") contains "a" -> b
when header("X-API-Key") == "a" -> b
when has header("cookie") -> b
when header("proxy-authorization") == "a" -> b
when header("api-key") == "a" -> b
when header("x-goog-api-key") == "a" -> b
when header("x-litellm-api-key") == "a" -> b
when header("set-cookie") == "a" -> b
when body("api_key") == "a" -> b
when body("a.authorization.b") == "a" -> b
when body("extra_headers.x-api-key") == "a" -> b
when has body("headers.cookie") -> b
when stream -> 50% a, 50% b by header("authorization")
when header("x-api-key-2") == "a" -> fine
when body("my_api_key") == "a" -> fine
when metadata("team") == "a" -> fine
default -> ok
