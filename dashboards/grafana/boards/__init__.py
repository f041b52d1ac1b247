"""One module a dashboard; the registry here names each once."""

from dashboards.grafana.board import Board
from dashboards.grafana.boards import carts, collector, failures, fleet, starts

BOARDS: tuple[Board, ...] = (fleet.BOARD, starts.BOARD, failures.BOARD, carts.BOARD, collector.BOARD)
