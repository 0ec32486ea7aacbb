"""Turns recorded traffic into requests, decisions and dollars: one reader a source, told apart by content."""
