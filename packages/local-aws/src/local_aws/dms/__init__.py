"""The control plane of the Database Migration Service on this machine."""
