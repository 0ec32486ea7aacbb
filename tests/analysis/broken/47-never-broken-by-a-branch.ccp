assert when key.team == "law" -> never cloud  # ! assertion-broken
when stream -> 90% local, 10% cloud
default -> local
