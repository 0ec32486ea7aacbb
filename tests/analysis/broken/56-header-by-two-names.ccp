when client == "curl" -> a
when header("User-Agent") == "curl" -> b  # ! duplicate-rule
default -> default
