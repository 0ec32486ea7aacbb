"""What the proxy, the hook and the commands all go by: the settings of a config folder, and where things are."""
