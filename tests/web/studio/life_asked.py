"""How the routes of web/studio/life.py are asked for, for the table of rights."""
