when user == model -> same
when user != model and has user and has model -> different
when "ada" == user -> ada
when user != "ada" -> not_ada
default -> never_here
