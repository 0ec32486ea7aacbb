include "parts/with-version.ccp"
include "parts/late-version.ccp"
default -> ok
