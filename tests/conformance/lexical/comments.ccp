# A comment may say anything: -> when "unclosed
when # in the middle of a statement
  model # here too
  == "a#b" -> hash_in_text# right after a label
when model matches /c#d/ -> hash_in_pattern
when model == "one" -> one when model == "two" -> two # two statements on a line
default
->
last
