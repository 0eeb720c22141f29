"""One file per thing a person, a carrier or the clock does. A service loads what it needs, asks the domain once, and commits once."""
