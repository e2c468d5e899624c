"""Street addresses of Kyoto: 今出川通烏丸東入玄武町 names two streets, a direction, and only then the town."""

from __future__ import annotations

import re

# as folded: る is ル, が is ケ, 入 may stand alone
_DIRECTION = re.compile("[上下](?:ケ)?ル|[東西南北]入(?:リ|ル)?|入ル")


def after_last_direction(tokens: str, start: int) -> int | None:
    """Return where the text after the last 上る, 下る, 東入 or 西入 begins, None when there is none."""
    found = None
    for match in _DIRECTION.finditer(tokens, start):
        found = match.end()
    return found
