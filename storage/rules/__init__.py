"""Pure rules: identifiers, numbers, windows, plausibility; values in, a named verdict out."""
