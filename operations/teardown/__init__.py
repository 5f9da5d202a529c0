"""What is undone beside the graph when a load, or its window, or its stack ends."""
