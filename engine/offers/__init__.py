"""What may be offered to a customer, in which order and why: policy as data, decided by a pure function."""
