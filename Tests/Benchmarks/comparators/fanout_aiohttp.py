"""What one writes today: PUT a task to every URL of a file with aiohttp, so many at once.

fanout_aiohttp.py URLS BODY CONCURRENCY TOKEN_FILE; prints the seconds taken and how many answers ended well.
"""

import asyncio
import sys
import time
from pathlib import Path

import aiohttp


async def put(session, url, body, headers) -> bool:
    last = b""
    async with session.put(url, data=body, headers=headers) as answer:
        async for line in answer.content:
            last = line
        return answer.status == 200 and b'"end"' in last


async def main(urls, body, concurrency, token):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connector = aiohttp.TCPConnector(limit=concurrency, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        begin = time.perf_counter()
        good = sum(await asyncio.gather(*(put(session, url, body, headers) for url in urls)))
        print(f"{time.perf_counter() - begin:.6f} {good}")
    return 0 if good == len(urls) else 1


urls = Path(sys.argv[1]).read_text().split()
sys.exit(asyncio.run(main(urls, Path(sys.argv[2]).read_bytes(), int(sys.argv[3]), Path(sys.argv[4]).read_text().strip())))
