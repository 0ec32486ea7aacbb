default -> 33.333333% a, 33.333333% b, 33.333334% c by user
