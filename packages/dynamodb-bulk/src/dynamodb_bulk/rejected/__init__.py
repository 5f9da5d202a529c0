"""The rows of a load that did not arrive: which, why, and their text."""
