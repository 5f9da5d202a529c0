"""What a killed `up` made and did not live to record: recognized, and made ready to be adopted."""
