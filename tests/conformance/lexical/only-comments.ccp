# Nothing but this.

   # and this
