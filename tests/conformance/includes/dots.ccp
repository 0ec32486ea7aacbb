include "./rules/../rules/simple.ccp"
include "rules/empty.ccp"
default -> other
