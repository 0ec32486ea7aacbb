version 1
let team_is_research = header("x-team") == "research"
when model == "secret" -> from_secret
when huge -> huge_secret
