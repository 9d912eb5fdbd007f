"""The rules of account vending, and the tools that operate them."""
