assert when key.team == "law" -> never cloud  # ! assertion-broken
when effort == "max" -> local fallback cloud
default -> local
