when model matches "a[b" -> b
when model matches "a[]" -> b
when model matches "a[!]" -> b
when model matches "[" -> b
when model matches "a[]]" -> b
when any tools matches "x[" -> b
when model matches "[*]]" -> fine
default -> ok
