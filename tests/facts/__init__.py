"""Tests of observing requests and counting their tokens."""
