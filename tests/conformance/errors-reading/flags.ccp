when model matches /a/x -> b
when model matches /a/ii -> b
when model matches /a/imsg -> b
when model matches /a/I -> b
when model matches /a/sim -> fine
default -> ok
