when stream -> thnk fallback gpt
default -> default
