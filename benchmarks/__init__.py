"""What this product costs, measured as ratios in one run: `make bench`."""
