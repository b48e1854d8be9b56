"""Arrays of whole numbers by what they count, so that a type checker distinguishes a day from a minute and a slot from
an id.

Each is a NumPy array of int64 at runtime. Arithmetic, indexing and `np.where` return a plain array again, so a result
is wrapped where its unit is known: `Days(monday + 7 * week)`. Signatures and array dataclasses use these types where a
wrong argument would pass unnoticed; everything else is `Ints`.
"""

from __future__ import annotations

from typing import NewType

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

Slots = NewType("Slots", npt.NDArray[np.int64])
"""Positions of rows within their entity and tenant: reserved below 1024, ordinary from there, -1 for no row."""
Ids = NewType("Ids", npt.NDArray[np.int64])
"""Primary keys: `tenant number << 40 | slot`."""
Days = NewType("Days", npt.NDArray[np.int64])
"""Dates as days since 1970."""
Weeks = NewType("Weeks", npt.NDArray[np.int64])
"""Weeks since the first day of the window."""
Minutes = NewType("Minutes", npt.NDArray[np.int64])
"""Minutes since local midnight."""
Micros = NewType("Micros", npt.NDArray[np.int64])
"""Moments as microseconds since 1970 in UTC."""
