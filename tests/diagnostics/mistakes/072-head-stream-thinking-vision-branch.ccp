# CCP006: keep one of the two, and leave out the lines <<<<<<<, ======= and >>>>>>>
<<<<<<< HEAD
when stream -> think
=======
when thinking -> vision
>>>>>>> branch
default -> default
