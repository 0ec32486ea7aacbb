version    1
timezone   "Europe/Berlin"
include "other.ccp"
let a=1
let abc   =  2_000
predicate v="m.f"
predicate vvv="m.f"  (  )
when tokens>a->x
# a comment does not part neighbours
when (  tokens+tokens.latest*2 ) >= abc->"y"

# a blank line does
when  weekday  in sat .. mon and time not  in 22:00 .. 06:00 -> 12.5% a,87.5%b  by key.user
when header  ( "x-one" ) == "one" and header("x-two") == "two" and count ( tools ) > 3 -> wide
when any  tools.types  starts with "web"-> keep
default->reject "no"
assert when tokens > 1 ->never z
assert when  not(  tokens > 100 ) -> only a   ,b
let short = true # behind one
let other = model == "a longer one" # behind the other

let third = [] # alone
