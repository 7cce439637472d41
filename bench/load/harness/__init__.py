"""What the scripts of bench/load share."""
