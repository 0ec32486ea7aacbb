"""The formatter: turns a policy file into its canonical layout, and proves that only the layout changed."""
