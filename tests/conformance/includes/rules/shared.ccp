when model == "shared" -> from_shared
timezone "Europe/Berlin"
