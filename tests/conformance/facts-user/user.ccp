when user == "account" -> account
when user == "11111111-2222-3333-4444-555555555555" -> uuid
when user == "abcdef0123" -> hex
when user == "device" -> device
when user == "ada" -> ada
when has user -> other
default -> missing
