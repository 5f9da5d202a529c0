"""The control plane of the Database Migration Service locally."""
