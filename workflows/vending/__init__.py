"""The rules of vending: request, name and address, registry, account creation, welcome."""
