"""`make bench`: the product measured. Each module has `measure(options) -> Iterator[Figure]`; `__main__` prints them as one table."""
