"""The page that answers: what needs me this morning."""
