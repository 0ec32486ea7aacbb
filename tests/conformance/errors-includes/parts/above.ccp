include "../../includes/rules/simple.ccp"
