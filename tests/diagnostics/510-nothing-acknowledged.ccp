# ccproxy: CCP502, CCP503
when effort != "low" -> think # ccproxy: CCP5002: misspelt
when stream -> default # ccproxy: CCP405 says the same, CCP502 is text
# ccproxy: CCP402 is an error

default -> default # ccproxy: CCP112
