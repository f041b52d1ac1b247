"""The page that answers: what is collected about my pupil."""
