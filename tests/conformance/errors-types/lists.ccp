let numbers = [1, 2]
let mixed = ["a", 5]
let empty = []
when model in ["a", 5] -> a
when model in [] -> a
when model in ["a", model] -> a
when tokens in [1 + 1] -> a
when model in [["a"]] -> a
when model == ["a"] -> a
when ["a"] == tools -> a
when tokens in [true] -> a
when count(numbers) > 1 -> a
when model in [/a/] -> a
when tokens in numbers -> fine
when model in mixed or model in empty -> b
default -> ok
