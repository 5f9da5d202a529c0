"""local AWS: services, data planes, engine and stand-ins, for a machine without AWS."""
