"""What a customer file may be at most: refused by size before anything is read."""

LARGEST_CSV = 200 * 1024 * 1024
LARGEST_XLSX = 50 * 1024 * 1024
LARGEST_UNPACKED = 1024 * 1024 * 1024
"""What an XLSX may hold unpacked."""
MOST_PARTS = 10_000
"""Files inside an XLSX."""
MOST_COLUMNS = 1_000
LONGEST_CELL = 1_000_000
"""Characters."""
LONGEST_LINE = 8_000_000
"""Characters of one line of a CSV file."""
