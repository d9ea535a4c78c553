"""Run by Python at the start of each process of the tests: its garbage collector looks a hundred times less often.

While torch and transformers are imported it finds nothing, again and again, which takes a fifth of the start of all that opens a
model. What tests start ends soon, and leaves little.
"""

import gc

gc.set_threshold(70_000, 20, 20)
