timezone ""
default -> ok
