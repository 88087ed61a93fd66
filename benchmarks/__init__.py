"""What `make bench` runs: each figure a named function, with its bar and its limit."""
