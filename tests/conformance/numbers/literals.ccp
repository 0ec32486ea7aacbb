when tokens == 60k -> sixty_thousand
when tokens == 1.5M -> one_and_a_half_million
when tokens == 1_000_001 -> underscored
when tokens == 1_2.5k -> twelve_and_a_half_thousand
when tokens == 0 -> zero
when tokens == 007 -> seven
when tokens == 12.50 -> twelve_and_a_half
when tokens == 0.001k -> one
when tokens == 123456789012345678901234567890 -> large
when tokens == 0.1 -> tenth
default -> other
