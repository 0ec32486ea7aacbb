when stream -> think

# that is all
