default -> 50% "label with space", 25% b, 25% c by user fallback d fallback "e f" because "a ramp"
