when body("a.b") == "key" -> key_of_key
when body("list.1") == "second" -> second
when body("list.0.name") == "first" -> name_of_first
when body("digits.0") == "named" -> digits_name_a_key
when body("top") == "level" -> top
when body("with space.x-y") == "odd" -> odd_keys
when body("list.01") == "leading" -> leading_zero
when body("É.ü") == "accents" -> accents
when body("deep.0.1.2") == "down" -> arrays_of_arrays
default -> other
