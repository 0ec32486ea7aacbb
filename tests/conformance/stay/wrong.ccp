when true -> 50% stay, 50% a
when true -> stay by session
when true -> a fallback stay
let stay = 3
default -> stay
