when model == "a\"b" -> quote
when model == "a\\b" -> backslash
when model == "a\nb" -> line_feed
when model == "a\tb" -> tab
when model == "\u{e9}" -> e_acute
when model == "\u{1F600}" -> emoji
when model == "\u{000041}" -> six_digits
when model == "\u{0}" -> nul
when model == "\u{10FFFF}" -> last_scalar
when model == "\u{d7FF}" -> mixed_case
when model == "\\n" -> backslash_n
when model == "" -> empty
when model == "a/b" -> slash
when model == "{x}" -> braces
default -> other
