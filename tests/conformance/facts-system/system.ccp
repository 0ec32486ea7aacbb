when system == "be brief" -> brief
when system == "be brief\nbe kind" -> brief_and_kind
when system contains "brief" -> other_brief
when has system -> other
default -> missing
