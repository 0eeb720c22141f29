"""Judging calls: scorecards as data, what the log can fill in by itself, the score, and the life of an evaluation."""
