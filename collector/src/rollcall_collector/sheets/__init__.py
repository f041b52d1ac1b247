"""What spreadsheets are given and what they hand back: cells that no program takes for formulas."""
