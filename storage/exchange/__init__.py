"""Files from the company's system, and files for it."""
