"""How far stated likelihoods can be believed, and what history suggests."""
