include "../../pyproject.toml"
default -> default
