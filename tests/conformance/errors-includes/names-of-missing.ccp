include "parts/nowhere.ccp"
let small = tokens < 10
when big and tokns > 5 -> a
when small > 5 -> b
default -> ok
