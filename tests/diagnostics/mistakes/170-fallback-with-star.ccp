# CCP006: quote it: "local/*"
when stream -> think fallback local/*
default -> default
