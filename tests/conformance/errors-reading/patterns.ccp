when model matches // -> b
when model matches /a(?=b)/ -> b
when model matches /(a)\1/ -> b
when model matches /(?<!a)b/ -> b
when model matches /a**/ -> b
when model matches /(a/ -> b
when model matches /a)/ -> b
when model matches /[a/ -> b
when model matches /*a/ -> b
when model matches /a{2000}/ -> b
when model matches /é\pX/ -> b
when model matches /x[z-a]/ -> b
when model matches /\// -> fine
when model matches /a\/(?!b)/ -> b
default -> ok
