assert when key.team == "law" -> never cloud  # ! assertion-broken
when stream -> 90% local, 10% cloud  # ! split-without-fact
default -> local
