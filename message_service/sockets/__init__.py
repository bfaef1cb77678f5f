"""The live sockets: who is connected here, what each has been sent, and what it may ask."""
