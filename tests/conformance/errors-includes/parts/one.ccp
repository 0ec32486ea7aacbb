include "two.ccp"
