"""Every figure on a report: one formula per function, with its denominator."""
