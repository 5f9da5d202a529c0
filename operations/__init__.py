"""What runs during and beside `pulumi up`: start, watch, judge, report."""
