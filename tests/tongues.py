"""What the transcript is tested in: three sizes of the terminal, ASCII and CJK."""

import re
from dataclasses import dataclass

SIZES = [(120, 36), (80, 24), (40, 15)]
"""Columns and rows of three layouts: with all panes, with the plan laid over, with the transcript
alone."""


@dataclass(frozen=True)
class Tongue:
    """`question`, `prose`, `needle` and `said` are words for sessions of a test's own; called
    with another text it gives that in this tongue. With `ascii` the app draws with ASCII alone."""

    name: str
    ascii: bool
    question: str
    prose: str
    needle: str
    said: str

    def __call__(self, text: str) -> str:
        """The text, in CJK with each letter of its words as a wide one, so that what was equal is
        equal; words of capitals, such as those of SQL, languages of fences and tags stay."""
        if self.ascii:
            return text
        return _WORD.sub(lambda found: found[0].lower().translate(_WIDE), text)


_WORD = re.compile(r"(?<![`<A-Za-z])(?<!</)[A-Za-z]*[a-z][A-Za-z]*")
_WIDE = str.maketrans(
    "abcdefghijklmnopqrstuvwxyz", "安北城东而方高海江开路民南欧平前人山天武文西新一中子"
)

ASCII = Tongue(
    "ascii",
    True,
    "Why do parcels come late?",
    "the depot at the quay sorts by weight and not by route, so a parcel waits for two vans",
    "Hilltop",
    "north yard then harbour",
)
CJK = Tongue(
    "cjk",
    False,
    "三月晚点最多的网点是哪个?",
    "分拣中心按重量而不是按路线分拣,所以包裹要等两辆车;한국어 テスト 🚲 é",
    "山顶站",
    "北货场,然后是港口网点",
)
TONGUES = [ASCII, CJK]
