# The last rule of the policy that includes this file.
default -> end
