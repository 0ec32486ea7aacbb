"""The grammar of the policy language, and what editors need of it."""
