"""The tests of ccproxy."""
