"""AWS on this machine: moto behind one front door, with the real template and the real handlers."""
