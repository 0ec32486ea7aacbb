assert when key.team == "law" -> only local  # ! assertion-broken
when stream -> local
