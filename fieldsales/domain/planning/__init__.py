"""Planning a day or a week of visits: the problem, the plan, the rules between them; no I/O and no solver."""
