when stream -> "" 
when thinking -> thi$nk
default -> default
