
 
# only


# comments
