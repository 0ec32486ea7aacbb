when model == "product before sum" and 2 + 3 * 4 == 14 -> yes
when model == "parentheses first" and (2 + 3) * 4 == 20 -> yes
when model == "minus from the left" and 10 - 3 - 2 == 5 -> yes
when model == "minus then plus" and 10 - 3 + 2 == 9 -> yes
when model == "minus a product" and 20 - 2 * 3 * 2 == 8 -> yes
when model == "exact decimals" and 0.1 + 0.2 == 0.3 -> yes
when model == "exact products" and 1.1 * 1.1 == 1.21 -> yes
when model == "below zero" and 3 - 5 < 0 -> yes
when model == "below zero times below zero" and (1 - 3) * (1 - 4) == 6 -> yes
when model == "both sides" and tokens - max_tokens > 2 * messages + 1 -> yes
when model == "suffixes" and 1.5k * 2k == 3M -> yes
when model == "long sum" and 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 - 1 - 1 - 1 == 7 -> yes
when model == "no spaces" and 2*3+1==7 and 7-1==6 -> yes
default -> no
