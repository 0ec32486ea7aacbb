# Keywords match as whole words: none of these names is one.
let notx = model == "notx"
let trueish = model == "trueish"
let inner = model == "inner"
let order = model == "order"
let mondays = "mondays"
let counted = model == "counted"
let default_ = model == "default_"
let x1_y = model == "x1_y"
when notx -> notx
when trueish -> trueish
when inner or order -> either
when model==mondays->tight
when counted -> counted
when default_ or x1_y -> underscore
when not notx and model=="last"->last
default->default
