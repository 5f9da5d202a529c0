"""Recognize what a killed `up` created but did not record, and prepare it for adoption."""
