when header("Authorization") == "x" -> think
when body("metadata.api_key") == "x" -> think
default -> default
