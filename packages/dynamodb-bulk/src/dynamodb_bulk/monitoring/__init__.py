"""How loads are watched by CloudWatch: which metrics there are, and the dashboard that shows them."""
