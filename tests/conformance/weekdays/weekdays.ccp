when model == "weekdays" and weekday in mon..fri -> inside
when model == "weekend" and weekday in sat..sun -> inside
when model == "wrapping" and weekday in sat..mon -> inside
when model == "one day" and weekday in wed..wed -> inside
when model == "all but one" and weekday in thu..tue -> inside
when model == "equal" and weekday == sun -> inside
when model == "unequal" and weekday != sun -> inside
when model == "listed" and weekday in [tue, thu] -> inside
when model == "not listed" and weekday not in [tue, thu] -> inside
when model == "not in range" and weekday not in fri..mon -> inside
when model == "left literal" and sat == weekday -> inside
default -> outside
