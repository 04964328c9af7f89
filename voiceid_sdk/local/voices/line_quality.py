"""How bad the lines of two voiceprints are, and what that does to their cosine.

Noise and codecs change a cosine in two ways, which depend on the lines alone. A voice on a bad line is less
like itself on a good one. Two voices that are both on bad lines are more alike than on good ones. So with one
threshold for all lines, either callers are rejected whose line is worse than that of their enrollment, or
impostors are accepted in noise.
"""

from typing import Final

import attrs
import numpy as np

from voiceid_sdk.local.voices.onnx_graph import Floats

_DIFFERENT_LINES: Final = 0.06
_BAD_LINES: Final = 0.04


@attrs.frozen(eq=False)
class LineQuality:
    """Estimates from a vector how bad the line is; ``tools/fit_voices.py`` fits it."""

    direction: Floats
    """The direction of vectors in which lines get worse."""

    offset: float
    """The estimate for a vector that is at a right angle to it."""

    def badness(self, vectors: Floats) -> Floats:
        """Return how bad lines are, from 0 for a good telephone line to 1 for noise and a codec together.

        Args:
            vectors: one vector of length one, or a row for each.
        """
        estimates: Floats = np.clip(vectors @ self.direction + self.offset, 0, 1)
        return estimates

    def adjusted(self, cosines: Floats, one: Floats, others: Floats) -> Floats:
        """Return cosines as they would be on the same good line.

        Args:
            cosines: of one vector with others.
            one: the badness of the vector's line.
            others: the badness of each of the others' lines.
        """
        allowance = _DIFFERENT_LINES * np.abs(one - others) - _BAD_LINES * one * others
        adjusted: Floats = (cosines + allowance).astype(np.float32)
        return adjusted
