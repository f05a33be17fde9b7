"""Cheapest ways over a grid (Hart, Nilsson & Raphael 1968, A*)."""

import heapq

import numpy as np

from limner.recipes.scenes.chance import Floats

Cell = tuple[int, int]  # row, column


def cheapest(cost: Floats, start: Cell, end: Cell) -> list[Cell]:
    """The way from start to end by edges whose cells cost least, both included; empty where there is none.

    `cost` (h, w) is that of entering a cell, infinite where nobody goes. Ties are broken by place, so the way never changes.
    """
    rows, columns = cost.shape
    prices = cost.ravel().tolist()
    finite = [price for price in prices if price != np.inf]
    least = min(finite, default=0.0)
    goal, first = end[0] * columns + end[1], start[0] * columns + start[1]
    came: dict[int, int] = {first: first}
    paid = {first: 0.0}
    queue = [(0.0, first)]
    done: set[int] = set()
    while queue:
        _, here = heapq.heappop(queue)
        if here == goal:
            return _traced(came, goal, columns)
        if here in done:
            continue
        done.add(here)
        row, column = divmod(here, columns)
        for there, inside in (
            (here - columns, row > 0),
            (here + columns, row < rows - 1),
            (here - 1, column > 0),
            (here + 1, column < columns - 1),
        ):
            if not inside or there in done or prices[there] == np.inf:
                continue
            price = paid[here] + prices[there]
            if price < paid.get(there, np.inf):
                paid[there], came[there] = price, here
                left = abs(there // columns - end[0]) + abs(there % columns - end[1])
                heapq.heappush(queue, (price + left * least, there))
    return []


def _traced(came: dict[int, int], goal: int, columns: int) -> list[Cell]:
    way = [goal]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return [divmod(place, columns) for place in reversed(way)]


def network(cost: Floats, places: list[Cell]) -> list[list[Cell]]:
    """Ways that join all places: each joins the way network at the nearest place, and goes along what is there for less."""
    price = cost.copy()
    ways: list[list[Cell]] = []
    joined, left = places[:1], places[1:]
    while left:
        pairs = [(abs(a[0] - b[0]) + abs(a[1] - b[1]), i, j) for i, a in enumerate(left) for j, b in enumerate(joined)]
        _, i, j = min(pairs)
        place = left.pop(i)
        way = cheapest(price, place, joined[j])
        joined.append(place)
        if way:
            ways.append(way)
            where = tuple(np.array(way).T)
            price[where] = np.minimum(price[where], cost[where] * 0.3)
    return ways
