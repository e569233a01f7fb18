"""One drawer for each kind of block, a file for each family of kinds; all draw on a `page`."""
