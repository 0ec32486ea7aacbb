when model == "a" -> b;
when { true } -> b
when $model == "a" -> b
when é == 1 -> b
default -> ok
