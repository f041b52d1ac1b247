"""A plan on paper and in spreadsheets: its columns, its page to print, its CSV and xlsx."""
