# CCP006: write "vision model"
when stream -> vision model
default -> default
