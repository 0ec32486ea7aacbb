# Python's re would take ages here.
when prompt matches /(a+)+$/ -> nested
when prompt matches /^(a|aa)*$/ -> overlapping
default -> other
