"""What several pages use: rendering, words, badges and small drawings. It knows no page."""
