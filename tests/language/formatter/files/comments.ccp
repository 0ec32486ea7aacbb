

# The first line


let a = tokens > 1   # behind

# own


# own after two blank lines
let abc = tokens > 2#tight
    # indented
when # in the middle of a statement
  model # here too
  == "a#b" -> hash_in_text# right after a label
when model matches /c#d/ -> hash_in_pattern
when model == "one" -> one when model == "two" -> two # two statements on a line
when a # holds for nearly everything
  # and this
  and abc # and that
  # and then
  -> # to
  three
     # the last one
default
->
last
# The end


