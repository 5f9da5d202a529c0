"""Local AWS: services, data planes, engine and replacements, for a machine without AWS."""
