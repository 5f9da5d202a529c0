"""The one lock on the tables of local DynamoDB.

Held while moto's dicts are read or written: they may not grow under a scan in another thread.
"""

import threading

TABLES = threading.RLock()
