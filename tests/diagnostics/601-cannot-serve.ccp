when effort == "max" -> long
default              -> default
