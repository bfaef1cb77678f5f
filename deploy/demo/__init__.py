"""`make demo`: one story through all services, from outside, as a client would play it."""
