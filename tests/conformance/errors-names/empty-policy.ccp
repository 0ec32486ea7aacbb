# nothing but this
let big = tokens > 5
