"""Files of a dataset as files that ImportTable and bulk put take."""
