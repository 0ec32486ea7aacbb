let small = ["haiku", "mini", "nano"]
let sizes = [10, 20.5, 1k]
let breaks = [12:00, 18:00]
let free = [sat, sun]
when model in ["sonnet", "opus"] -> large
when model in small -> small
when max_tokens in sizes -> sized
when max_tokens in [7] -> seven
when max_tokens + 1 in [1_000k, 1.5M] -> millions
when time in breaks -> break
when weekday in free and model not in ["busy", "working"] -> weekend
when user not in small and has user -> other_user
default -> other
