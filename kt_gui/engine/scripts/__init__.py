"""A run written as one plain PyTorch script, of which only what this run needs is put down."""
