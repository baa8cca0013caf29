"""Accepting a job of 10,000 hosts and 5 images, durable, beside the sqlite3 shell that inserts the same rows."""

import sqlite3
import subprocess
import time

from bench import Bench, SimulatedFleet, tool


def accept(bench: Bench):
    hosts, images = bench.pick(10_000, 1_000), 5
    for number in range(bench.rounds):
        service = bench.service()
        fleet = SimulatedFleet(bench, hosts, "--stall", "100%", token=service.agent_token, images=images)
        try:
            fleet.introduce(service)
            folder = bench.scratch(f"accept-{number}")
            schema = subprocess.run([tool("sqlite3"), service.database, ".schema --nosys"], check=True, capture_output=True).stdout
            before = rows(service.database)
            begin = time.perf_counter()
            service.cache(*[f"sim-image-{n + 1}" for n in range(images)], aggregate="fleet")
            bench.record("accept", "precached", time.perf_counter() - begin)
            service.service.terminate()
            script = [b"PRAGMA journal_mode=WAL;\nPRAGMA synchronous=FULL;\nBEGIN;\n"]
            for table, count in rows(service.database).items():
                if count > before.get(table, 0) and table not in ("grdb_migrations",):
                    script.append(inserts(service.database, table))
            (folder / "rows.sql").write_bytes(b"".join(script) + b"COMMIT;\n")
            copy = folder / "copy.db"
            subprocess.run([tool("sqlite3"), copy], input=b"PRAGMA journal_mode=WAL;\n" + schema, check=True, capture_output=True)
            with (folder / "rows.sql").open("rb") as file:
                bench.record("accept", "sqlite3", bench.seconds(
                    lambda: subprocess.run([tool("sqlite3"), copy], stdin=file, check=True, stdout=subprocess.DEVNULL)))
        finally:
            fleet.stop()
            service.stop()


def rows(database) -> dict[str, int]:
    with sqlite3.connect(database) as connection:
        tables = [name for name, in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


def inserts(database, table: str) -> bytes:
    done = subprocess.run([tool("sqlite3"), database, f".mode insert {table}", f'SELECT * FROM "{table}";'],
                          check=True, capture_output=True)
    return done.stdout
