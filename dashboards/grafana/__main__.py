"""Writes every dashboard's JSON anew: `make grafana`."""

from pathlib import Path

from dashboards.grafana.board import write_board
from dashboards.grafana.boards import BOARDS

FOLDER = Path(__file__).parent / "json"


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for board in BOARDS:
        (FOLDER / f"{board.name}.json").write_text(write_board(board))


if __name__ == "__main__":
    main()
