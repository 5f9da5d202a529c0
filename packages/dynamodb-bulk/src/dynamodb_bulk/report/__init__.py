"""Pages about loads and checks, each one file that needs nothing else."""
