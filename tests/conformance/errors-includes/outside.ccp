include "../includes/rules/simple.ccp"
include "/etc/passwd"
include "parts/../../includes/rules/simple.ccp"
include "parts/above.ccp"
default -> ok
