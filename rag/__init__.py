"""Question in, answer with checked citations out: the front door for other programs."""
