when model == "contains" and user contains "" -> yes
when model == "starts" and user starts with "" -> yes
when model == "ends" and user ends with "" -> yes
default -> no
