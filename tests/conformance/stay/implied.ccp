when has session.idle -> stay
when effort == "max" -> think
