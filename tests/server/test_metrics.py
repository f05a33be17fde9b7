"""What Prometheus reads."""

import asyncio
import socket
import urllib.request

from .conftest import WORLD, Opened


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def page(address: str) -> dict[str, float]:
    with urllib.request.urlopen(f"http://{address}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


async def test_the_page_counts_calls_pictures_network_rows_and_cache_hits(opened: Opened) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with opened(metrics_listen=address) as client:
        for _ in range(3):
            await client.ended((await client.create(steps=4)).name)
        figures = await asyncio.to_thread(page, address)
    assert figures["limner_queue_depth"] == figures["limner_running"] == 0
    assert figures[f'limner_pictures_total{{model="{WORLD}"}}'] == 1
    assert figures[f'limner_cache_hits_total{{model="{WORLD}"}}'] == 2
    assert (
        figures[f'limner_network_rows_total{{model="{WORLD}"}}']
        == 2 * figures[f'limner_network_calls_total{{model="{WORLD}"}}']
    )
    assert figures['limner_request_seconds_count{code="OK",method="CreateGeneration"}'] == 3
