assert when header("x-data-class") == "secret" -> never cloud  # ! assertion-broken
when tokens > 60k -> cloud
default -> local
