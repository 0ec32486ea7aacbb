"""Values to what people and programs read: diagnostics, results of cases, differences and drawings."""
