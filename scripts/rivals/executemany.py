"""CSV files by psycopg's executemany.

executemany.py URL FOLDER TABLE ...
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import psycopg

url, folder, *names = sys.argv[1:]
with psycopg.connect(url) as connection, connection.cursor() as cursor:
    for name in names:
        for path in sorted(Path(folder, name).glob("*.csv")):
            with path.open(newline="", encoding="utf-8") as file:
                head, *rows = csv.reader(file)
            insert = f"insert into {name} values ({', '.join(['%s'] * len(head))})"
            cursor.executemany(insert, [[cell or None for cell in row] for row in rows])
