"""The starter policies, each with its cases."""
