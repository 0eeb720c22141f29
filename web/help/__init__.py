"""A plain page of help for each role."""
