let number_ = 20k
let sum = max_tokens + number_
let name = "claude-sonnet-4-5"
let asked = model
let names = ["a", "b"]
let numbers = [1, 2.5, 3k]
let noon = 12:00
let day = wed
let yes = true
let cheap = max_tokens < 10 and not yes or asked == "cheap"
let offered = tools
let team = header("x-team")
let owner = metadata("owner")
let deep = cheap
let deeper = deep or asked == "deeper"
let n = count(offered)
let bound = body("limit") * 2
when asked == name -> same_text
when deeper -> deep
when asked in names -> listed
when max_tokens in numbers -> number_listed
when sum == 20_500 -> sum
when max_tokens in number_..number_ * 2 -> range
when time == noon -> noon
when weekday == day -> day
when team == "research" and yes -> header
when owner contains team or owner == "me" -> metadata
when any offered matches "mcp__*" -> offered
when n == 2 -> two
when tokens > bound -> over_bound
default -> other
