"""Ask a real account what only AWS can tell, and prove the product there: `make aws-smoke`."""
