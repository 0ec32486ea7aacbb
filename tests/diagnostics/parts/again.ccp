include "cycle.ccp"
