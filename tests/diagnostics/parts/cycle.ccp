include "again.ccp"
