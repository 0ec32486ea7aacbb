"""Mutation testing of the language's core: faults are planted one at a time, and the tests have to notice."""
