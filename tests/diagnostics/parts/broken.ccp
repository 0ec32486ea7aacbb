# an include with a mistake
let big = tokns > 100k
