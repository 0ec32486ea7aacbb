"""Tests of compiled decisions."""
