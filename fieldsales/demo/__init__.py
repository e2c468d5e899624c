"""A demo team with customers, made once in one transaction; deterministic, so that a screenshot can be made again."""

from fieldsales.demo.preparing import DemoSummary, NotADemo, prepare

__all__ = ["DemoSummary", "NotADemo", "prepare"]
