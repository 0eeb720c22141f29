"""How the routes of web/studio/experiments.py are asked for, for the table of rights."""
