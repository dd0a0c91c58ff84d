"""The federal plane: aggregates of all cells side by side."""
