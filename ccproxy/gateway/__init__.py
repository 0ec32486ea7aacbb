"""All that knows LiteLLM, processes or the home folder."""
