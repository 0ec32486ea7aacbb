when stream -> on_prem
when tokens > 100k -> on_prem fallback think
default -> default

assert when stream -> only on_prem
