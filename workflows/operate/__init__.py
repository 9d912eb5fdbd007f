"""What operators run: the client and the command line `vend`."""
