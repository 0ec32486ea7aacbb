# CCP006: quote it: "local/*"
when stream -> local/*
default -> default
