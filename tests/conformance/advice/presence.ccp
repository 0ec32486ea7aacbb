when has images -> a
when stream and has tokens -> a
when not has documents -> a
when has max_tokens -> fine
when has tools -> fine
when has messages -> fine
when has key.spend -> fine
when has model -> fine
when images > 0 -> fine
default -> ok
