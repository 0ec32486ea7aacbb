when model == "a\qb" -> b
when model == "\u{}" -> b
when model == "\u{1234567}" -> b
when model == "\u{D800}" -> b
when model == "\u{110000}" -> b
when model == "\u00e9" -> b
when model == "\r" -> b
when model == "\'" -> b
when model == "\x41" -> b
when model matches "\w*" -> b
when model == "fine\\ \"fine\" \n \/" -> b
when model == "\U{41}" -> b
when model == "\u{12 34}" -> b
default -> "\d"
