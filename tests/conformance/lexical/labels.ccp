when model == "dashes" -> claude-sonnet-4-5-20250929
when model == "slash" -> gemini/2.5-pro
when model == "spaces" -> "label with spaces"
when model == "number" -> 4
when model == "suffixed" -> 60k
when model == "fraction" -> 2.5
when model == "at" -> @home
when model == "underscore" -> _private
when model == "plus" -> a+b
when model == "all" -> openai/gpt-4o:free@eu+x_1.0
when model == "default" -> default
when model == "reserved" -> "when"
when model == "notx" -> notx
when model == "defaults" -> defaults
when model == "default-2" -> default-2
when model == "keep-me" -> keep-me
when model == "rejected" -> rejected
when model == "keep/it" -> keep/it
when model == "in-house" -> in-house
when model == "mon-fri" -> mon-fri
when model == "dot" -> a.
when model == "dashdash" -> a--b
when model == "accent" -> "café"
when model == "percent" -> "90%"
when model == "escape" -> "\u{41}\"b\\"
when model == "upper" -> Claude-OPUS
when model == "date" -> 2025-01-31
when model == "time" -> 12:30
when model == "tight"->tight#a comment
when model == "until-arrow" -> a because "the label ends before the space"
